# METADATA
# scope: package
# title: Networks are closed to the world
# description: >-
#   No security group and no network ACL lets the whole world in to administrative or database ports, the default group
#   stays empty, and load balancers speak TLS. Rules that stand in resources of their own are judged alike.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-best-practices.html
# custom:
#   severity: high
#   controls: [CIS-AWS-5.2, CIS-AWS-5.3, CIS-AWS-5.4, NIST-SC-7, NIST-SC-8]
#   owner: network-security
#   rules:
#     deny_open_port:
#       title: Administrative or database port open to the world
#       fix: Name the address ranges or the security group that need it.
#     deny_open_all_ports:
#       title: All ports open to the world
#       fix: Name the ports, and the address ranges or the security group that need them.
#     deny_default_group_rules:
#       title: Rules in a default security group
#       fix: Leave the default group without rules and give each purpose a group of its own.
#     deny_open_network_acl:
#       title: Network ACL open to the world
#       fix: Name the ports, and the address ranges that need them.
#     deny_plaintext_listener:
#       title: Load balancer without TLS
#       fix: Use HTTPS, or redirect to it.
#     deny_unreadable:
#       title: Input that cannot be judged
#       fix: Send the whole output of terraform show -json, or a resource with type, name and attributes.
#     warn_public_subnet:
#       title: Subnet that gives out public addresses
#       fix: Set map_public_ip_on_launch to false unless the subnet holds load balancers or gateways only.
#     warn_unseen_rules:
#       title: Security group whose rules the plan does not show
#       fix: Write the rules as aws_vpc_security_group_ingress_rule, each of which is judged by itself.
package aegis.provisioning.network

policy := "aegis.provisioning.network"

default allow := false

# An input that this policy cannot read is not a pass, whatever exceptions there are.
allow if {
	count(data.aegis.provisioning.resources.input_problems) == 0
	count(deny) == 0
}

deny contains found if {
	some found in finding
	not data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

warn contains found if {
	some found in advice
	not data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

exempted contains object.union(found, {"exception": exception}) if {
	some found in (finding | advice)
	exception := data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

finding contains found if {
	some found in data.aegis.provisioning.resources.unreadable(types)
}

finding contains data.aegis.provisioning.resources.finding("deny_open_all_ports", holder, msg) if {
	some [holder, rule] in group_rules
	open_to_the_world(rule)
	every_port(rule)
	msg := sprintf("%v must not open all ports to the world", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_open_port", holder, msg) if {
	some [holder, rule] in group_rules
	open_to_the_world(rule)
	not every_port(rule)
	some number in guarded_ports_in(rule)
	msg := sprintf("%v must not open port %v (%v) to the world", [holder.title, number, guarded_ports[number]])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_open_port", holder, msg) if {
	some [holder, rule] in group_rules
	unsettled(rule)
	msg := sprintf("%v must not open a guarded port to the world", [holder.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_open_port", holder, msg) if {
	some holder in planned
	holder.type in groups
	data.aegis.provisioning.resources.obscured(holder, "ingress")
	msg := sprintf("%v must not open a guarded port to the world", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_default_group_rules", holder, msg) if {
	some holder in planned
	holder.type == "aws_default_security_group"
	some key in ["ingress", "egress"]
	count(data.aegis.provisioning.resources.blocks(holder.attributes, key)) > 0
	msg := sprintf("the default security group %v must have no %v rules", [holder.title, key])
}

finding contains data.aegis.provisioning.resources.finding("deny_open_network_acl", holder, msg) if {
	some [holder, rule] in acl_rules
	open_to_the_world(rule)
	some reach in reaches(rule)
	msg := sprintf("network ACL %v must not open %v to the world", [holder.title, reach])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_open_network_acl", holder, msg) if {
	some [holder, rule] in acl_rules
	unsettled(rule)
	msg := sprintf("network ACL %v must not open a guarded port to the world", [holder.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_open_network_acl", holder, msg) if {
	some holder in planned
	holder.type in acls
	data.aegis.provisioning.resources.obscured(holder, "ingress")
	msg := sprintf("network ACL %v must not open a guarded port to the world", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_plaintext_listener", listener, msg) if {
	some listener in planned
	listener.type in listeners
	plaintext(listener)
	not redirects(listener)
	msg := sprintf("listener %v must use HTTPS", [listener.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_plaintext_listener", listener, msg) if {
	some listener in planned
	listener.type in listeners
	data.aegis.provisioning.resources.obscured(listener, "protocol")
	msg := sprintf("listener %v must use HTTPS", [listener.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_public_subnet", subnet, msg) if {
	some subnet in planned
	subnet.type == "aws_subnet"
	subnet.attributes.map_public_ip_on_launch == true
	msg := sprintf("subnet %v gives every instance a public address", [subnet.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_unseen_rules", holder, msg) if {
	some holder in planned
	holder.type in (groups | acls)
	data.aegis.provisioning.resources.unknown(holder, "ingress")
	data.aegis.provisioning.resources.unset(holder, "ingress")
	not holder.address in supplied
	msg := sprintf("the plan does not show whether %v gets rules from a dynamic block", [holder.title])
}
