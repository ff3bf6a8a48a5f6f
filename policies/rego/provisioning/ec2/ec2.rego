# METADATA
# scope: package
# title: EC2 instances keep their credentials, volumes and addresses to themselves
# description: >-
#   Instances and launch templates ask for session tokens at the metadata service, encrypt their volumes, take no public
#   address and carry no secret in their user data. An instance's launch template counts for it.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-security.html
# custom:
#   severity: high
#   controls: [CIS-AWS-2.2.1, CIS-AWS-5.6, NIST-SC-28, NIST-IA-5]
#   owner: platform-compute
#   rules:
#     deny_imds_v1:
#       title: Metadata service without session tokens
#       fix: Set metadata_options with http_tokens = "required", or http_endpoint = "disabled".
#     deny_unencrypted_volume:
#       title: Volume without encryption
#       fix: Set encrypted = true on the volume, and declare the root_block_device.
#     deny_public_ip:
#       title: Instance with a public address
#       fix: Set associate_public_ip_address to false and put a load balancer or a gateway in front.
#     deny_secret_in_user_data:
#       title: Secret in user data
#       fix: Fetch the secret at start from a secret store, by the instance's role.
#     deny_unreadable:
#       title: Input that cannot be judged
#       fix: Send the whole output of terraform show -json, or a resource with type, name and attributes.
#     warn_far_metadata:
#       title: Metadata service that answers over several hops
#       fix: Set http_put_response_hop_limit to 1 unless containers need the instance's role.
#     warn_hidden_user_data:
#       title: User data seen as a digest only
#       fix: Use a version of the AWS provider that shows the text.
package aegis.provisioning.ec2

policy := "aegis.provisioning.ec2"

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

finding contains data.aegis.provisioning.resources.finding("deny_imds_v1", machine, msg) if {
	some machine in machines
	not tokens_required(machine)
	not tokens_open(machine)
	msg := sprintf("%v must require session tokens of the metadata service", [machine.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_imds_v1", machine, msg) if {
	some machine in machines
	not tokens_required(machine)
	tokens_open(machine)
	msg := sprintf("%v must require session tokens of the metadata service", [machine.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_unencrypted_volume", holder, msg) if {
	some [holder, which, status] in volumes
	status == "plain"
	msg := sprintf("%v must encrypt %v", [holder.title, which])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_unencrypted_volume", holder, msg) if {
	some [holder, which, status] in volumes
	status == "unknown"
	msg := sprintf("%v must encrypt %v", [holder.title, which])
}

finding contains data.aegis.provisioning.resources.finding("deny_public_ip", machine, msg) if {
	some machine in machines
	public(machine)
	msg := sprintf("%v must have no public address", [machine.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_public_ip", machine, msg) if {
	some machine in machines
	not public(machine)
	data.aegis.provisioning.resources.obscured(machine, "associate_public_ip_address")
	msg := sprintf("%v must have no public address", [machine.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_secret_in_user_data", machine, msg) if {
	some machine in machines
	some text in user_data(machine)
	some [what, pattern] in secrets
	regex.match(pattern, text)
	msg := sprintf("the user data of %v must hold no %v", [machine.title, what])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_secret_in_user_data", machine, msg) if {
	some machine in machines
	some key in ["user_data", "user_data_base64"]
	data.aegis.provisioning.resources.obscured(machine, key)
	msg := sprintf("the user data of %v must hold no secret", [machine.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_unreadable", machine, msg) if {
	some machine in machines
	encoded := base64_data(machine)
	not base64.is_valid(encoded)
	msg := sprintf("the user data of %v is not base64", [machine.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_far_metadata", machine, msg) if {
	some machine in machines
	some options in data.aegis.provisioning.resources.blocks(machine.attributes, "metadata_options")
	is_number(options.http_put_response_hop_limit)
	options.http_put_response_hop_limit > 1
	msg := sprintf("the metadata service of %v answers over more than one hop", [machine.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_hidden_user_data", machine, msg) if {
	some machine in machines
	digest_only(machine)
	msg := sprintf("the user data of %v is seen as a digest only, so that nobody can say what it holds", [machine.title])
}
