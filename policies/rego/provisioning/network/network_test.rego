package aegis.provisioning.network_test

made(type, after, unknown) := {
	"address": concat(".", [type, "a"]),
	"mode": "managed",
	"type": type,
	"name": "a",
	"change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
}

plan(changes) := {"format_version": "1.2", "resource_changes": changes}

denied(document) := {[found.rule, object.get(found, "unknown", false)] | some found in denies} if {
	denies := data.aegis.provisioning.network.deny with input as document with data.exceptions as {}
}

messages(document) := {found.msg | some found in denies} if {
	denies := data.aegis.provisioning.network.deny with input as document with data.exceptions as {}
}

advised(document) := {found.rule | some found in warnings} if {
	warnings := data.aegis.provisioning.network.warn with input as document with data.exceptions as {}
}

group(rule) := plan([made("aws_security_group", {"ingress": [rule], "egress": []}, {})])

opening(protocol, from, to, ranges) := {"protocol": protocol, "from_port": from, "to_port": to, "cidr_blocks": ranges}

world := ["0.0.0.0/0"]

test_a_closed_group_is_allowed if {
	every rule in [
		opening("tcp", 22, 22, ["10.0.0.0/8"]),
		opening("tcp", 443, 443, world),
		opening("icmp", -1, -1, world),
		opening("-1", 0, 0, ["10.0.0.0/10"]),
		{"protocol": "tcp", "from_port": 22, "to_port": 22, "security_groups": ["sg-1"]},
	] {
		denied(group(rule)) == set()
		data.aegis.provisioning.network.allow with input as group(rule) with data.exceptions as {}
	}
}

test_a_guarded_port_open_to_the_world_is_denied if {
	messages(group(opening("tcp", 22, 22, world))) == {"aws_security_group.a must not open port 22 (SSH) to the world"}
	messages(group(opening("6", 5432, 5433, ["10.0.0.0/8", "0.0.0.0/0"]))) == {"aws_security_group.a must not open port 5432 (PostgreSQL) to the world"}
	messages(group(opening("udp", 11211, 11211, world))) == {"aws_security_group.a must not open port 11211 (Memcached) to the world"}
	count(messages(group(opening("tcp", 3000, 4000, world)))) == 2
	denied(group(opening("tcp", 27000, null, world))) == {["deny_open_port", false]}
	sixth := {"protocol": "tcp", "from_port": 22, "to_port": 22, "ipv6_cidr_blocks": ["::/0"]}
	denied(group(sixth)) == {["deny_open_port", false]}
	not data.aegis.provisioning.network.allow with input as group(sixth) with data.exceptions as {}
}

test_all_ports_open_to_the_world_are_denied if {
	every rule in [
		opening("-1", 0, 0, world),
		opening("all", 0, 0, world),
		opening("tcp", 0, 65535, world),
		opening("tcp", null, null, world),
		{"cidr_blocks": world},
	] {
		denied(group(rule)) == {["deny_open_all_ports", false]}
	}
}

test_rules_in_resources_of_their_own_are_judged_alike if {
	ingress := object.union(opening("tcp", 22, 22, world), {"type": "ingress"})
	denied(plan([made("aws_security_group_rule", ingress, {})])) == {["deny_open_port", false]}
	denied(plan([made("aws_security_group_rule", object.union(ingress, {"type": "egress"}), {})])) == set()
	single := {"ip_protocol": "tcp", "from_port": 3389, "to_port": 3389, "cidr_ipv4": "0.0.0.0/0"}
	denied(plan([made("aws_vpc_security_group_ingress_rule", single, {})])) == {["deny_open_port", false]}
	every_protocol := {"ip_protocol": "-1", "cidr_ipv6": "::/0"}
	denied(plan([made("aws_vpc_security_group_ingress_rule", every_protocol, {})])) == {["deny_open_all_ports", false]}
}

test_sources_known_only_after_apply_are_denied_and_say_so if {
	open := {"protocol": "tcp", "from_port": 22, "to_port": 22}
	denied(plan([made("aws_security_group", {"ingress": [open]}, {"ingress": [{"cidr_blocks": true}]})])) == {["deny_open_port", true]}
	denied(plan([made("aws_security_group", {"ingress": [object.union(open, {"cidr_blocks": [null]})]}, {})])) == {["deny_open_port", true]}
	denied(plan([made("aws_security_group_rule", open, {"cidr_blocks": true})])) == {["deny_open_port", true]}
	denied(plan([made("aws_vpc_security_group_ingress_rule", {"ip_protocol": "-1"}, {"cidr_ipv4": true})])) == {["deny_open_port", true]}
	harmless := {"protocol": "tcp", "from_port": 443, "to_port": 443}
	denied(plan([made("aws_security_group_rule", harmless, {"cidr_blocks": true})])) == set()
}

configured(type, expressions) := {"address": concat(".", [type, "a"]), "expressions": expressions}

with_configuration(document, resources) := object.union(document, {"configuration": {"root_module": {"resources": resources}}})

test_rules_known_only_after_apply_are_denied_and_say_so if {
	every type, rule in {"aws_security_group": "deny_open_port", "aws_network_acl": "deny_open_network_acl"} {
		open := plan([made(type, {}, {"ingress": true})])
		denied(open) == {[rule, true]}
		set_somewhere := [configured(type, {"ingress": {"references": ["var.rules"]}})]
		denied(with_configuration(open, set_somewhere)) == {[rule, true]}
	}
}

test_rules_that_nobody_sets_are_advice_only if {
	open := plan([made("aws_security_group", {}, {"ingress": true})])
	unset := with_configuration(open, [configured("aws_security_group", {"name": {"constant_value": "a"}})])
	denied(unset) == set()
	advised(unset) == {"warn_unseen_rules"}
}

test_a_group_with_rules_of_their_own_is_no_advice if {
	separate := made("aws_vpc_security_group_ingress_rule", {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"}, {"security_group_id": true})
	supplied := with_configuration(plan([made("aws_security_group", {}, {"ingress": true}), separate]), [
		configured("aws_security_group", {}),
		configured("aws_vpc_security_group_ingress_rule", {"security_group_id": {"references": ["aws_security_group.a.id", "aws_security_group.a"]}}),
	])
	denied(supplied) == set()
	advised(supplied) == set()
}

test_a_default_group_holds_no_rules if {
	own := {"ingress": [{"protocol": "-1", "from_port": 0, "to_port": 0, "self": true}]}
	denied(plan([made("aws_default_security_group", own, {})])) == {["deny_default_group_rules", false]}
	denied(plan([made("aws_default_security_group", {"egress": [opening("-1", 0, 0, world)]}, {})])) == {["deny_default_group_rules", false]}
	denied(plan([made("aws_default_security_group", {"ingress": [], "egress": []}, {})])) == set()
}

entry(action, protocol, from, to) := {"action": action, "protocol": protocol, "from_port": from, "to_port": to, "cidr_block": "0.0.0.0/0"}

test_a_network_acl_open_to_the_world_is_denied if {
	every rule in [entry("allow", "-1", 0, 0), entry("allow", "tcp", 20, 25)] {
		every type in ["aws_network_acl", "aws_default_network_acl"] {
			denied(plan([made(type, {"ingress": [rule]}, {})])) == {["deny_open_network_acl", false]}
		}
	}
	denied(plan([made("aws_network_acl", {"ingress": [entry("allow", "tcp", 443, 443), entry("deny", "-1", 0, 0)]}, {})])) == set()
	separate := {"rule_action": "allow", "protocol": "tcp", "from_port": 22, "to_port": 22, "ipv6_cidr_block": "::/0"}
	denied(plan([made("aws_network_acl_rule", separate, {})])) == {["deny_open_network_acl", false]}
	denied(plan([made("aws_network_acl_rule", object.union(separate, {"rule_action": "deny"}), {})])) == set()
	denied(plan([made("aws_network_acl_rule", object.union(separate, {"egress": true}), {})])) == set()
	denied(plan([made("aws_network_acl_rule", {"protocol": "-1"}, {"cidr_block": true})])) == {["deny_open_network_acl", true]}
}

listener(after) := plan([made("aws_lb_listener", after, {})])

test_a_listener_without_tls_is_denied if {
	forward := {"default_action": [{"type": "forward"}]}
	denied(listener(object.union(forward, {"port": 80, "protocol": "HTTP"}))) == {["deny_plaintext_listener", false]}
	denied(listener(object.union(forward, {"port": 80}))) == {["deny_plaintext_listener", false]}
	denied(plan([made("aws_alb_listener", {"port": 80}, {})])) == {["deny_plaintext_listener", false]}
	every protocol in ["HTTPS", "TLS", "TCP"] {
		denied(listener(object.union(forward, {"port": 443, "protocol": protocol}))) == set()
	}
	denied(listener(forward)) == set()
}

redirecting(protocol) := {"port": 80, "protocol": "HTTP", "default_action": [{"type": "redirect", "redirect": [{"protocol": protocol}]}]}

test_a_listener_that_only_redirects_to_tls_passes if {
	denied(listener(redirecting("HTTPS"))) == set()
	denied(listener(redirecting("HTTP"))) == {["deny_plaintext_listener", false]}
}

test_a_protocol_known_only_after_apply_is_denied_and_says_so if {
	denied(plan([made("aws_lb_listener", {"port": 80}, {"protocol": true})])) == {["deny_plaintext_listener", true]}
}

test_a_subnet_with_public_addresses_is_pointed_out if {
	advised(plan([made("aws_subnet", {"map_public_ip_on_launch": true}, {})])) == {"warn_public_subnet"}
	advised(plan([made("aws_subnet", {"map_public_ip_on_launch": false}, {})])) == set()
}

leave(rule) := {"index": {"aegis.provisioning.network": {rule: {"aws_security_group.a": [{"id": "EXC-004", "expires_ns": 200}]}}}}

test_an_exception_turns_a_deny_into_exempted_until_it_ends if {
	open := group(opening("tcp", 22, 22, world))
	data.aegis.provisioning.network.allow with input as open with data.exceptions as leave("deny_open_port") with time.now_ns as 199
	some found in data.aegis.provisioning.network.exempted with input as open
		with data.exceptions as leave("deny_open_port")
		with time.now_ns as 199
	found.exception.id == "EXC-004"
	not data.aegis.provisioning.network.allow with input as open with data.exceptions as leave("deny_open_port") with time.now_ns as 200
}

test_an_unreadable_input_is_denied if {
	denied({}) == {["deny_unreadable", false]}
	denied(plan([{"type": "aws_security_group"}])) == {["deny_unreadable", false]}
}
