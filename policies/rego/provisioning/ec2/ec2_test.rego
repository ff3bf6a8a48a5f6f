package aegis.provisioning.ec2_test

tokens := {"metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 1}]}

root := {"root_block_device": [{"encrypted": true}]}

# An instance that nothing is wrong with.
sound := object.union(tokens, root)

made(type, after, unknown) := {
	"address": concat(".", [type, "a"]),
	"mode": "managed",
	"type": type,
	"name": "a",
	"change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
}

plan(changes) := {"format_version": "1.2", "resource_changes": changes}

instance(after) := plan([made("aws_instance", after, {})])

open_instance(after, unknown) := plan([made("aws_instance", after, unknown)])

template(after) := plan([made("aws_launch_template", after, {})])

denied(document) := {[found.rule, object.get(found, "unknown", false)] | some found in denies} if {
	denies := data.aegis.provisioning.ec2.deny with input as document with data.exceptions as {}
}

messages(document) := {found.msg | some found in denies} if {
	denies := data.aegis.provisioning.ec2.deny with input as document with data.exceptions as {}
}

advised(document) := {found.rule | some found in warnings} if {
	warnings := data.aegis.provisioning.ec2.warn with input as document with data.exceptions as {}
}

test_a_sound_instance_is_allowed if {
	data.aegis.provisioning.ec2.allow with input as instance(sound) with data.exceptions as {}
	denied(instance(sound)) == set()
	advised(instance(sound)) == set()
}

test_a_bare_instance_is_denied if {
	messages(instance({})) == {
		"aws_instance.a must require session tokens of the metadata service",
		"aws_instance.a must encrypt its root volume",
	}
	not data.aegis.provisioning.ec2.allow with input as instance({}) with data.exceptions as {}
}

test_a_single_instance_is_judged_too if {
	document := {"resource": {"type": "aws_instance", "name": "a", "attributes": root}}
	denied(document) == {["deny_imds_v1", false]}
}

test_optional_session_tokens_are_denied if {
	every options in [[], [{}], [{"http_tokens": "optional"}], [{"http_endpoint": "enabled"}]] {
		denied(instance(object.union(root, {"metadata_options": options}))) == {["deny_imds_v1", false]}
	}
	denied(instance(object.union(root, {"metadata_options": [{"http_endpoint": "disabled"}]}))) == set()
}

test_session_tokens_known_only_after_apply_are_denied_and_say_so if {
	denied(open_instance(root, {"metadata_options": true})) == {["deny_imds_v1", true]}
	half := object.union(root, {"metadata_options": [{"http_endpoint": "enabled"}]})
	denied(open_instance(half, {"metadata_options": [{"http_tokens": true}]})) == {["deny_imds_v1", true]}
}

started_from(reference, after, unknown) := object.union(
	plan([
		made("aws_instance", {"launch_template": [reference]}, unknown),
		made("aws_launch_template", after, {}),
	]),
	{"configuration": {"root_module": {"resources": [{
		"address": "aws_instance.a",
		"expressions": {"launch_template": [{"id": {"references": ["aws_launch_template.a.id", "aws_launch_template.a"]}}]},
	}]}}},
)

drive(encrypted) := {"block_device_mappings": [{"device_name": "/dev/xvda", "ebs": [{"encrypted": encrypted}]}]}

test_an_instance_is_what_its_launch_template_says if {
	whole := object.union(tokens, object.union(drive("true"), {"name": "web"}))
	denied(started_from({"version": "$Latest"}, whole, {})) == set()
	denied(started_from({"name": "web"}, whole, {})) == set()
	denied(started_from({"version": "$Latest"}, whole, {"metadata_options": true, "root_block_device": true})) == set()
}

test_a_launch_template_that_says_less_counts_for_less if {
	denied(started_from({}, {}, {})) == {["deny_imds_v1", false], ["deny_unencrypted_volume", false]}
	denied(started_from({}, object.union(tokens, drive("false")), {})) == {["deny_unencrypted_volume", false]}
	elsewhere := plan([
		made("aws_instance", {"launch_template": [{"id": "lt-9"}]}, {}),
		made("aws_launch_template", object.union(tokens, drive("true")), {}),
	])
	denied(elsewhere) == {["deny_imds_v1", false], ["deny_unencrypted_volume", false]}
}

test_a_launch_template_is_judged_itself if {
	denied(template(object.union(tokens, drive("true")))) == set()
	denied(template(drive(true))) == {["deny_imds_v1", false]}
	messages(template(object.union(tokens, drive("false")))) == {"aws_launch_template.a must encrypt volume /dev/xvda"}
}

test_every_volume_is_to_be_encrypted if {
	denied(plan([made("aws_ebs_volume", {"encrypted": true}, {})])) == set()
	denied(plan([made("aws_ebs_volume", {"encrypted": false}, {})])) == {["deny_unencrypted_volume", false]}
	denied(plan([made("aws_ebs_volume", {}, {})])) == {["deny_unencrypted_volume", false]}
	messages(instance(object.union(sound, {"ebs_block_device": [{"device_name": "/dev/sdf"}]}))) == {"aws_instance.a must encrypt volume /dev/sdf"}
	messages(instance(object.union(tokens, {"root_block_device": [{"encrypted": false}]}))) == {"aws_instance.a must encrypt its root volume"}
}

test_encryption_known_only_after_apply_is_denied_and_says_so if {
	denied(plan([made("aws_ebs_volume", {}, {"encrypted": true})])) == {["deny_unencrypted_volume", true]}
	bare := object.union(tokens, {"root_block_device": [{"volume_size": 20}]})
	denied(open_instance(bare, {"root_block_device": [{"encrypted": true}]})) == {["deny_unencrypted_volume", true]}
	denied(open_instance(tokens, {"root_block_device": true})) == {["deny_unencrypted_volume", true]}
	mappings := {"block_device_mappings": [{"ebs": [{"volume_size": 20}]}]}
	marks := {"block_device_mappings": [{"ebs": [{"encrypted": true}]}]}
	denied(plan([made("aws_launch_template", object.union(tokens, mappings), marks)])) == {["deny_unencrypted_volume", true]}
}

test_a_public_address_is_denied if {
	denied(instance(object.union(sound, {"associate_public_ip_address": true}))) == {["deny_public_ip", false]}
	denied(instance(object.union(sound, {"associate_public_ip_address": false}))) == set()
	facing := {"network_interfaces": [{"associate_public_ip_address": "true"}]}
	denied(template(object.union(tokens, facing))) == {["deny_public_ip", false]}
	denied(open_instance(sound, {"associate_public_ip_address": true})) == {["deny_public_ip", true]}
}

test_a_secret_in_user_data_is_denied_and_not_repeated if {
	every text in [
		"export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
		"-----BEGIN RSA PRIVATE KEY-----",
		"DB_PASSWORD='hunter2hunter2'",
		"api_key: 0123456789abcdef",
		"git clone https://ghp_0123456789abcdefghijABCDEFGHIJ012345@example.com",
	] {
		every after in [{"user_data": text}, {"user_data_base64": base64.encode(text)}] {
			denied(instance(object.union(sound, after))) == {["deny_secret_in_user_data", false]}
			every msg in messages(instance(object.union(sound, after))) {
				not contains(msg, text)
			}
		}
		encoded := object.union(tokens, {"user_data": base64.encode(text)})
		denied(template(encoded)) == {["deny_secret_in_user_data", false]}
	}
}

test_user_data_without_secrets_passes if {
	every text in ["#!/bin/sh\necho hello", "PASSWORD=$(fetch-secret db)", "password = ${var}", "token: <from-store>"] {
		denied(instance(object.union(sound, {"user_data": text}))) == set()
	}
}

test_user_data_known_only_after_apply_is_denied_and_says_so if {
	denied(open_instance(sound, {"user_data": true})) == {["deny_secret_in_user_data", true]}
	denied(open_instance(sound, {"user_data_base64": true})) == {["deny_secret_in_user_data", true]}
}

test_user_data_that_is_no_base64_is_unreadable if {
	denied(instance(object.union(sound, {"user_data_base64": "@@"}))) == {["deny_unreadable", false]}
	denied(template(object.union(tokens, {"user_data": "#!/bin/sh"}))) == {["deny_unreadable", false]}
	folded := object.union(sound, {"user_data_base64": "ZWNo\nbw==\n"})
	denied(instance(folded)) == set()
}

test_what_is_only_worth_a_look_is_advice if {
	advised(instance(object.union(root, {"metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 2}]}))) == {"warn_far_metadata"}
	digest := object.union(sound, {"user_data": "da39a3ee5e6b4b0d3255bfef95601890afd80709"})
	advised(instance(digest)) == {"warn_hidden_user_data"}
}

leave(rule) := {"index": {"aegis.provisioning.ec2": {rule: {"aws_instance.a": [{"id": "EXC-002", "expires_ns": 200}]}}}}

test_an_exception_turns_a_deny_into_exempted_until_it_ends if {
	data.aegis.provisioning.ec2.allow with input as instance(root)
		with data.exceptions as leave("deny_imds_v1")
		with time.now_ns as 199
	some found in data.aegis.provisioning.ec2.exempted with input as instance(root)
		with data.exceptions as leave("deny_imds_v1")
		with time.now_ns as 199
	found.exception.id == "EXC-002"
	not data.aegis.provisioning.ec2.allow with input as instance(root)
		with data.exceptions as leave("deny_imds_v1")
		with time.now_ns as 200
}

test_an_unreadable_change_is_denied if {
	denied(plan([{"type": "aws_ebs_volume"}])) == {["deny_unreadable", false], ["deny_unencrypted_volume", false]}
	not data.aegis.provisioning.ec2.allow with input as {} with data.exceptions as {}
}
