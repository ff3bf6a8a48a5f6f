package aegis.provisioning.iam_test

made(type, after, unknown) := {
	"address": concat(".", [type, "a"]),
	"mode": "managed",
	"type": type,
	"name": "a",
	"change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
}

plan(changes) := {"format_version": "1.2", "resource_changes": changes}

# A plan with one policy of one statement.
granting(granted) := plan([made("aws_iam_policy", {"policy": json.marshal({"Statement": [granted]})}, {})])

statement(action, resource) := {"Effect": "Allow", "Action": action, "Resource": resource}

arn := "arn:aws:s3:::b/*"

denied(document) := {[found.rule, object.get(found, "unknown", false)] | some found in denies} if {
	denies := data.aegis.provisioning.iam.deny with input as document with data.exceptions as {}
}

advised(document) := {found.rule | some found in warnings} if {
	warnings := data.aegis.provisioning.iam.warn with input as document with data.exceptions as {}
}

test_a_narrow_policy_is_allowed if {
	every granted in [statement("s3:GetObject", arn), statement(["ec2:Describe*", "s3:List*"], "*"), statement("s3:*", arn)] {
		denied(granting(granted)) == set()
		data.aegis.provisioning.iam.allow with input as granting(granted) with data.exceptions as {}
	}
}

test_all_actions_on_all_resources_are_denied if {
	every granted in [statement("*", "*"), statement(["s3:GetObject", "*"], ["*"]), statement("*:*", "*")] {
		denied(granting(granted)) == {["deny_full_access", false]}
		not data.aegis.provisioning.iam.allow with input as granting(granted) with data.exceptions as {}
	}
	except_some := {"Effect": "Allow", "Action": "*", "NotResource": arn}
	denied(granting(except_some)) == {["deny_full_access", false]}
}

test_all_actions_on_some_resources_are_denied if {
	denied(granting(statement("*", arn))) == {["deny_wildcard_action", false]}
}

test_a_whole_service_on_all_resources_is_denied if {
	denied(granting(statement("s3:*", "*"))) == {["deny_wildcard_resource", false]}
}

test_a_way_to_more_rights_on_all_resources_is_denied if {
	every action in ["iam:PassRole", "STS:AssumeRole", "kms:decrypt"] {
		denied(granting(statement(action, "*"))) == {["deny_wildcard_resource", false]}
		denied(granting(statement(action, "arn:aws:iam::123456789012:role/r"))) == set()
	}
}

test_everything_but_some_actions_is_denied if {
	denied(granting({"Effect": "Allow", "NotAction": "iam:*", "Resource": arn})) == {["deny_except_action", false]}
}

test_a_statement_that_denies_is_no_grant if {
	denied(granting({"Effect": "Deny", "Action": "*", "Resource": "*"})) == set()
}

test_every_kind_of_policy_is_read if {
	text := json.marshal({"Statement": statement("*", "*")})
	every type in ["aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"] {
		denied(plan([made(type, {"policy": text}, {})])) == {["deny_full_access", false]}
		denied({"resource": {"type": type, "name": "a", "attributes": {"policy": text}}}) == {["deny_full_access", false]}
	}
	inline := {"inline_policy": [{}, {"name": "p", "policy": text}]}
	denied(plan([made("aws_iam_role", inline, {})])) == {["deny_full_access", false]}
}

test_a_document_that_is_none_is_unreadable if {
	every text in ["no json", "[]", "{}", "{\"Statement\": [{\"Effect\": \"Allow\"}]}", "{\"Statement\": [1]}"] {
		denied(plan([made("aws_iam_policy", {"policy": text}, {})])) == {["deny_unreadable", false]}
		denied(plan([made("aws_iam_role", {"inline_policy": [{"policy": text}]}, {})])) == {["deny_unreadable", false]}
		denied(plan([made("aws_iam_role", {"assume_role_policy": text}, {})])) == {["deny_unreadable", false]}
	}
}

test_a_document_known_only_after_apply_is_denied_and_says_so if {
	denied(plan([made("aws_iam_policy", {}, {"policy": true})])) == {["deny_unknown_document", true]}
	denied(plan([made("aws_iam_role", {"inline_policy": [{"name": "p"}]}, {"inline_policy": [{"policy": true}]})])) == {["deny_unknown_document", true]}
	denied(plan([made("aws_iam_role", {}, {"assume_role_policy": true})])) == {["deny_public_trust", true]}
}

shape(attributes) := {"resource": {"type": "aws_iam_policy_document", "name": "d", "attributes": attributes}}

test_a_document_in_blocks_is_read_like_json if {
	denied(shape({"statement": [{"actions": ["s3:GetObject"], "resources": [arn]}]})) == set()
	denied(shape({"statement": [{"actions": ["*"], "resources": ["*"]}]})) == {["deny_full_access", false]}
	denied(shape({"statement": [{"actions": ["*"], "not_resources": [arn]}]})) == {["deny_full_access", false]}
	denied(shape({"statement": [{"effect": "Deny", "actions": ["*"], "resources": ["*"]}]})) == set()
	denied(shape({"statement": [{"not_actions": ["iam:*"], "resources": [arn]}]})) == {["deny_except_action", false]}
	denied(shape({"statement": [{"actions": ["S3:*"], "resources": ["*"]}]})) == {["deny_wildcard_resource", false]}
}

test_a_document_merged_from_others_cannot_be_read if {
	every merged in [{"source_policy_documents": ["{}"]}, {"override_json": "{}"}, {"statement": [null]}] {
		denied(shape(merged)) == {["deny_unreadable", false]}
	}
}

# A policy whose text comes from a document that is rendered in the apply.
rendered(statements, marks, key, type) := object.union(
	plan([
		made(type, {}, {key: true}),
		object.union(
			made("aws_iam_policy_document", {"statement": statements}, marks),
			{"mode": "data", "address": "data.aws_iam_policy_document.a", "change": object.union(
				made("aws_iam_policy_document", {"statement": statements}, marks).change,
				{"actions": ["read"]},
			)},
		),
	]),
	{"configuration": {"root_module": {"resources": [{
		"address": concat(".", [type, "a"]),
		"expressions": {key: {"references": ["data.aws_iam_policy_document.a.json", "data.aws_iam_policy_document.a"]}},
	}]}}},
)

test_a_document_rendered_in_the_apply_is_read_from_its_blocks if {
	named := [{"actions": ["s3:GetObject"], "resources": [null]}]
	denied(rendered(named, {"statement": [{"resources": [true]}]}, "policy", "aws_iam_policy")) == set()
	everything := [{"actions": ["*"], "resources": ["*"]}]
	denied(rendered(everything, {}, "policy", "aws_iam_policy")) == {["deny_full_access", false]}
}

test_what_is_open_in_the_blocks_is_denied_and_says_so if {
	service := [{"actions": ["s3:*"]}]
	denied(rendered(service, {"statement": [{"resources": true}]}, "policy", "aws_iam_policy")) == {["deny_wildcard_resource", true]}
	nothing := [{"resources": [arn]}]
	denied(rendered(nothing, {"statement": [{"actions": true}]}, "policy", "aws_iam_policy")) == {["deny_unknown_document", true]}
	denied(rendered(null, {"statement": true}, "policy", "aws_iam_policy")) == {["deny_unknown_document", true]}
}

trusting(principal, condition) := plan([made(
	"aws_iam_role", {"assume_role_policy": json.marshal({"Statement": [object.union(
		{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal},
		condition,
	)]})},
	{},
)])

test_a_role_that_everyone_may_take_is_denied if {
	every principal in ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::123456789012:root", "*"]}, {"Federated": "*"}] {
		denied(trusting(principal, {})) == {["deny_public_trust", false]}
	}
	denied(trusting({"Service": "ec2.amazonaws.com"}, {"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}})) == {["deny_public_trust", false]}
	denied(trusting({"Service": "ec2.amazonaws.com"}, {})) == set()
	advised(trusting("*", {})) == set()
}

test_a_condition_makes_a_public_trust_advice if {
	narrowed := trusting("*", {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}})
	denied(narrowed) == set()
	advised(narrowed) == {"warn_conditional_trust"}
}

test_a_trust_in_blocks_is_read_like_json if {
	everyone := [{"actions": ["sts:AssumeRole"], "principals": [{"type": "AWS", "identifiers": ["*"]}]}]
	denied(rendered(everyone, {}, "assume_role_policy", "aws_iam_role")) == {["deny_public_trust", false]}
	all_but := [{"actions": ["sts:AssumeRole"], "not_principals": [{"type": "AWS", "identifiers": ["123456789012"]}]}]
	denied(rendered(all_but, {}, "assume_role_policy", "aws_iam_role")) == {["deny_public_trust", false]}
	open := [{"actions": ["sts:AssumeRole"], "principals": [{"type": "AWS"}]}]
	marks := {"statement": [{"principals": [{"identifiers": true}]}]}
	denied(rendered(open, marks, "assume_role_policy", "aws_iam_role")) == {["deny_public_trust", true]}
	under := [object.union(everyone[0], {"condition": [{"test": "Bool", "variable": "aws:MultiFactorAuthPresent", "values": ["true"]}]})]
	advised(rendered(under, {}, "assume_role_policy", "aws_iam_role")) == {"warn_conditional_trust"}
}

test_an_administrator_policy_is_not_attached if {
	administrator := "arn:aws:iam::aws:policy/AdministratorAccess"
	every type in ["aws_iam_policy_attachment", "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment"] {
		denied(plan([made(type, {"policy_arn": administrator}, {})])) == {["deny_admin_attachment", false]}
		denied(plan([made(type, {"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, {})])) == set()
	}
	denied(plan([made("aws_iam_role", {"managed_policy_arns": [administrator]}, {})])) == {["deny_admin_attachment", false]}
	denied(plan([made("aws_iam_role", {"managed_policy_arns": []}, {})])) == set()
}

attaching(refs) := object.union(
	plan([
		made("aws_iam_role_policy_attachment", {}, {"policy_arn": true}),
		made("aws_iam_policy", {"policy": json.marshal({"Statement": [statement("s3:GetObject", arn)]})}, {}),
	]),
	{"configuration": {"root_module": {"resources": [{
		"address": "aws_iam_role_policy_attachment.a",
		"expressions": {"policy_arn": {"references": refs}},
	}]}}},
)

test_a_policy_of_the_same_plan_may_be_attached if {
	denied(attaching(["aws_iam_policy.a.arn", "aws_iam_policy.a"])) == set()
	denied(attaching(["aws_iam_policy.b.arn", "aws_iam_policy.b"])) == {["deny_admin_attachment", true]}
	denied(plan([made("aws_iam_role", {"managed_policy_arns": [null]}, {})])) == {["deny_admin_attachment", true]}
}

test_an_active_access_key_is_denied if {
	denied(plan([made("aws_iam_access_key", {"user": "ann"}, {})])) == {["deny_user_access_key", false]}
	denied(plan([made("aws_iam_access_key", {"user": "ann", "status": "Active"}, {})])) == {["deny_user_access_key", false]}
	denied(plan([made("aws_iam_access_key", {"user": "ann", "status": "Inactive"}, {})])) == set()
}

test_rights_of_a_single_user_are_pointed_out if {
	narrow := {"policy": json.marshal({"Statement": [statement("s3:GetObject", arn)]})}
	advised(plan([made("aws_iam_user_policy", narrow, {})])) == {"warn_user_policy"}
	advised(plan([made("aws_iam_user_policy_attachment", {"policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, {})])) == {"warn_user_policy"}
}

leave(rule) := {"index": {"aegis.provisioning.iam": {rule: {"aws_iam_policy.a": [{"id": "EXC-003", "expires_ns": 200}]}}}}

test_an_exception_turns_a_deny_into_exempted_until_it_ends if {
	wide := granting(statement("*", "*"))
	data.aegis.provisioning.iam.allow with input as wide with data.exceptions as leave("deny_full_access") with time.now_ns as 199
	some found in data.aegis.provisioning.iam.exempted with input as wide
		with data.exceptions as leave("deny_full_access")
		with time.now_ns as 199
	found.exception.id == "EXC-003"
	not data.aegis.provisioning.iam.allow with input as wide with data.exceptions as leave("deny_full_access") with time.now_ns as 200
}

test_an_unreadable_input_is_denied if {
	denied({}) == {["deny_unreadable", false]}
	not data.aegis.provisioning.iam.allow with input as {} with data.exceptions as {}
}
