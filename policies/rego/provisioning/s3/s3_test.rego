package aegis.provisioning.s3_test

encryption := [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": ""}]}]

closed := {
	"block_public_acls": true,
	"block_public_policy": true,
	"ignore_public_acls": true,
	"restrict_public_buckets": true,
}

# A bucket that nothing is wrong with, together with the resources that make it so.
bucket(after) := made("aws_s3_bucket", "b", object.union({"bucket": "b", "force_destroy": false}, after), {})

beside := [
	made("aws_s3_bucket_server_side_encryption_configuration", "b", {"bucket": "b", "rule": encryption}, {}),
	made("aws_s3_bucket_public_access_block", "b", object.union({"bucket": "b"}, closed), {}),
	made("aws_s3_bucket_versioning", "b", {"bucket": "b", "versioning_configuration": [{"status": "Enabled"}]}, {}),
]

made(type, name, after, unknown) := {
	"address": concat(".", [type, name]),
	"mode": "managed",
	"type": type,
	"name": name,
	"change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
}

plan(changes) := {"format_version": "1.2", "errored": false, "resource_changes": changes}

good := plan(array.concat([bucket({})], beside))

single(attributes) := {"resource": {"type": "aws_s3_bucket", "name": "b", "attributes": attributes}}

denied(document) := {[found.rule, found.address] | some found in denies} if {
	denies := data.aegis.provisioning.s3.deny with input as document with data.exceptions as {}
}

left_open(document) := {[found.rule, found.address] | some found in denies; found.unknown == true} if {
	denies := data.aegis.provisioning.s3.deny with input as document with data.exceptions as {}
}

advised(document) := {found.rule | some found in warnings} if {
	warnings := data.aegis.provisioning.s3.warn with input as document with data.exceptions as {}
}

test_a_bucket_with_everything_beside_it_is_allowed if {
	data.aegis.provisioning.s3.allow with input as good with data.exceptions as {}
	denied(good) == set()
	advised(good) == set()
}

test_a_plan_that_changes_nothing_is_allowed if {
	data.aegis.provisioning.s3.allow with input as {"format_version": "1.2"} with data.exceptions as {}
}

test_a_bare_bucket_is_denied if {
	denied(plan([bucket({})])) == {
		["deny_no_encryption", "aws_s3_bucket.b"],
		["deny_no_public_access_block", "aws_s3_bucket.b"],
	}
	not data.aegis.provisioning.s3.allow with input as plan([bucket({})]) with data.exceptions as {}
	advised(plan([bucket({})])) == {"warn_no_versioning"}
}

test_a_single_resource_is_judged_by_its_own_attributes if {
	denied(single({})) == {["deny_no_encryption", "b"]}
	every blocks in [null, false, "", [], {}, [null], [{}], [{"rule": []}]] {
		denied(single({"server_side_encryption_configuration": blocks})) == {["deny_no_encryption", "b"]}
	}
	denied(single({"server_side_encryption_configuration": [{"rule": encryption}]})) == set()
	advised(single({"versioning": [{"enabled": true}]})) == set()
}

test_the_message_is_the_runbooks if {
	some found in data.aegis.provisioning.s3.deny with input as single({}) with data.exceptions as {}
	found.msg == "S3 bucket b must have server-side encryption enabled"
}

test_a_bucket_of_another_name_does_not_share_the_settings if {
	other := made("aws_s3_bucket", "c", {"bucket": "c"}, {})
	denied(plan(array.concat([other], beside))) == {
		["deny_no_encryption", "aws_s3_bucket.c"],
		["deny_no_public_access_block", "aws_s3_bucket.c"],
	}
}

test_a_setting_whose_bucket_is_open_is_followed_by_its_reference if {
	setting := made("aws_s3_bucket_server_side_encryption_configuration", "e", {"rule": encryption}, {"bucket": true})
	unnamed := made("aws_s3_bucket", "b", {}, {"bucket": true})
	linked := object.union(plan([unnamed, setting]), configured(["aws_s3_bucket.b.id", "aws_s3_bucket.b"]))
	denied(linked) == {["deny_no_public_access_block", "aws_s3_bucket.b"]}
	astray := object.union(plan([unnamed, setting]), configured(["aws_s3_bucket.c.id", "aws_s3_bucket.c"]))
	["deny_no_encryption", "aws_s3_bucket.b"] in denied(astray)
	torn := object.union(
		plan([unnamed, setting, made("aws_s3_bucket", "c", {}, {"bucket": true})]),
		configured(["aws_s3_bucket.b.id", "aws_s3_bucket.b", "aws_s3_bucket.c.id", "aws_s3_bucket.c"]),
	)
	["deny_no_encryption", "aws_s3_bucket.b"] in denied(torn)
}

configured(refs) := {"configuration": {"root_module": {"resources": [
	{"address": "aws_s3_bucket.b", "expressions": {"bucket_prefix": {"constant_value": "b-"}}},
	{
		"address": "aws_s3_bucket_server_side_encryption_configuration.e",
		"expressions": {"bucket": {"references": refs}},
	},
]}}}

test_an_existing_bucket_is_found_by_its_id if {
	changed := made("aws_s3_bucket", "b", {"id": "b"}, {})
	denied(plan(array.concat([changed], beside))) == set()
}

test_encryption_known_only_after_apply_is_denied_and_says_so if {
	open_plan := plan(array.concat([made("aws_s3_bucket", "c", {"bucket": "c"}, {"server_side_encryption_configuration": true})], beside))
	left_open(open_plan) == {["deny_no_encryption", "aws_s3_bucket.c"]}
}

test_a_public_access_block_with_a_gap_is_denied if {
	every key in object.keys(closed) {
		gap := made("aws_s3_bucket_public_access_block", "b", object.union(closed, {key: false, "bucket": "b"}), {})
		denied(plan([gap])) == {["deny_open_public_access_block", "aws_s3_bucket_public_access_block.b"]}
		open := made("aws_s3_bucket_public_access_block", "b", object.remove(closed, [key]), {key: true})
		left_open(plan([open])) == {["deny_open_public_access_block", "aws_s3_bucket_public_access_block.b"]}
	}
}

test_a_public_acl_is_denied if {
	group := {"uri": "http://acs.amazonaws.com/groups/global/AllUsers", "type": "Group"}
	every after in [
		{"acl": "public-read"},
		{"acl": "public-read-write"},
		{"acl": "authenticated-read"},
		{"access_control_policy": [{"grant": [{"grantee": [group], "permission": "READ"}]}]},
	] {
		denied(plan([made("aws_s3_bucket_acl", "b", after, {})])) == {["deny_public_acl", "aws_s3_bucket_acl.b"]}
	}
	denied(plan(array.concat([bucket({"grant": [group]})], beside))) == {["deny_public_acl", "aws_s3_bucket.b"]}
	denied(plan([made("aws_s3_bucket_acl", "b", {"acl": "private"}, {})])) == set()
	left_open(plan([made("aws_s3_bucket_acl", "b", {}, {"acl": true})])) == {["deny_public_acl", "aws_s3_bucket_acl.b"]}
}

statement(effect, principal) := {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}

attached(statements) := plan([made("aws_s3_bucket_policy", "b", {"bucket": "b", "policy": json.marshal({"Statement": statements})}, {})])

test_a_policy_for_everyone_is_denied if {
	every principal in ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}] {
		denied(attached([statement("Allow", principal)])) == {["deny_public_policy", "aws_s3_bucket_policy.b"]}
		denied(attached(statement("Allow", principal))) == {["deny_public_policy", "aws_s3_bucket_policy.b"]}
	}
	inline := array.concat([bucket({"policy": json.marshal({"Statement": [statement("Allow", "*")]})})], beside)
	denied(plan(inline)) == {["deny_public_policy", "aws_s3_bucket.b"]}
}

test_a_policy_for_some_or_under_a_condition_or_that_denies_passes if {
	denied(attached([statement("Allow", {"AWS": "arn:aws:iam::123456789012:root"})])) == set()
	denied(attached([statement("Deny", "*")])) == set()
	narrow := object.union(statement("Allow", "*"), {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}})
	denied(attached([narrow])) == set()
}

test_a_policy_that_is_none_is_unreadable if {
	every text in ["not json", "[]", "{}", "{\"Statement\": [{}]}"] {
		holder := made("aws_s3_bucket_policy", "b", {"policy": text}, {})
		denied(plan([holder])) == {["deny_unreadable", "aws_s3_bucket_policy.b"]}
	}
}

test_a_policy_known_only_after_apply_is_denied_and_says_so if {
	open := made("aws_s3_bucket_policy", "b", {"bucket": "b"}, {"policy": true})
	left_open(plan([open])) == {["deny_public_policy", "aws_s3_bucket_policy.b"]}
}

rendered(principals, marks) := object.union(
	plan([
		made("aws_s3_bucket_policy", "b", {"bucket": "b"}, {"policy": true}),
		object.union(
			made("aws_iam_policy_document", "d", {"statement": [{"actions": ["s3:GetObject"], "principals": principals}]}, marks),
			{"mode": "data", "address": "data.aws_iam_policy_document.d"},
		),
	]),
	{"configuration": {"root_module": {"resources": [{
		"address": "aws_s3_bucket_policy.b",
		"expressions": {"policy": {"references": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]}},
	}]}}},
)

test_a_document_rendered_in_the_apply_is_read_from_its_blocks if {
	some_one := [{"type": "AWS", "identifiers": ["arn:aws:iam::123456789012:root"]}]
	denied(rendered(some_one, {})) == set()
	everyone := [{"type": "*", "identifiers": ["*"]}]
	denied(rendered(everyone, {})) == {["deny_public_policy", "aws_s3_bucket_policy.b"]}
	left_open(rendered(everyone, {})) == set()
	open := [{"type": "AWS"}]
	marks := {"statement": [{"principals": [{"identifiers": true}]}]}
	left_open(rendered(open, marks)) == {["deny_public_policy", "aws_s3_bucket_policy.b"]}
}

test_objects_that_go_with_their_bucket_are_pointed_out if {
	advised(plan(array.concat([bucket({"force_destroy": true})], beside))) == {"warn_force_destroy"}
}

index(rule, name) := {"index": {"aegis.provisioning.s3": {rule: {name: [{"id": "EXC-001", "expires_ns": 200}]}}}}

test_an_exception_turns_a_deny_into_exempted_until_it_ends if {
	leave := index("deny_no_encryption", "b")
	count(data.aegis.provisioning.s3.deny) == 0 with input as single({}) with data.exceptions as leave with time.now_ns as 199
	data.aegis.provisioning.s3.allow with input as single({}) with data.exceptions as leave with time.now_ns as 199
	some found in data.aegis.provisioning.s3.exempted with input as single({}) with data.exceptions as leave with time.now_ns as 199
	found.exception.id == "EXC-001"
	found.rule == "deny_no_encryption"
	count(data.aegis.provisioning.s3.deny) == 1 with input as single({}) with data.exceptions as leave with time.now_ns as 200
	count(data.aegis.provisioning.s3.exempted) == 0 with input as single({}) with data.exceptions as leave with time.now_ns as 200
}

test_an_exception_quiets_advice_too if {
	leave := index("warn_no_versioning", "b")
	count(data.aegis.provisioning.s3.warn) == 0 with input as single({}) with data.exceptions as leave with time.now_ns as 199
}

test_no_exception_covers_an_unreadable_input if {
	leave := {"patterns": {"aegis.provisioning.s3": {"deny_unreadable": [{"id": "EXC-002", "glob": "*", "expires_ns": 200}]}}}
	count(data.aegis.provisioning.s3.deny) == 1 with input as {} with data.exceptions as leave with time.now_ns as 199
	not data.aegis.provisioning.s3.allow with input as {} with data.exceptions as leave with time.now_ns as 199
}
