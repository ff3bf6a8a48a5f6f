package aegis.provisioning.resources_test

types := {"aws_s3_bucket"}

change(actions, after) := {
	"address": "aws_s3_bucket.b",
	"mode": "managed",
	"type": "aws_s3_bucket",
	"name": "b",
	"change": {"actions": actions, "after": after},
}

plan(changes) := {"format_version": "1.2", "resource_changes": changes}

planned(changes) := found if {
	found := data.aegis.provisioning.resources.planned(types) with input as plan(changes)
}

standing(changes) := found if {
	found := data.aegis.provisioning.resources.standing(types) with input as plan(changes)
}

unreadable(document) := {found.msg | some found in findings} if {
	findings := data.aegis.provisioning.resources.unreadable(types) with input as document
}

test_what_a_plan_touches_is_planned if {
	every actions in [["create"], ["update"], ["delete", "create"], ["create", "delete"], ["create", "forget"]] {
		count(planned([change(actions, {})])) == 1
	}
}

test_what_a_plan_leaves_alone_is_not_planned if {
	every actions in [["no-op"], ["read"], ["delete"], ["forget"]] {
		count(planned([change(actions, {})])) == 0
	}
	count(planned([object.union(change(["create"], {}), {"mode": "data"})])) == 0
	count(planned([object.union(change(["create"], {}), {"type": "aws_instance"})])) == 0
}

test_what_is_not_touched_still_stands if {
	count(standing([change(["no-op"], {}), change(["delete"], null)])) == 1
}

test_data_sources_read_in_the_apply_are_deferred if {
	source := object.union(change(["read"], {}), {"mode": "data"})
	count(data.aegis.provisioning.resources.deferred("aws_s3_bucket")) == 1 with input as plan([source])
	count(data.aegis.provisioning.resources.deferred("aws_s3_bucket")) == 0 with input as plan([change(["create"], {})])
}

test_a_resource_has_the_name_that_the_cloud_knows if {
	planned([change(["create"], {"bucket": "logs"})])[0].name == "logs"
	planned([change(["create"], {"name": "logs"})])[0].name == "logs"
	planned([change(["create"], {})])[0].name == "aws_s3_bucket.b"
	planned([change(["create"], {})])[0].title == "aws_s3_bucket.b"
}

test_a_resource_without_anything_is_still_judged if {
	found := planned([{"type": "aws_s3_bucket"}])[0]
	found.address == null
	found.name == null
	found.title == "without a name"
	found.attributes == {}
}

test_a_single_resource_is_planned if {
	document := {"resource": {"type": "aws_s3_bucket", "name": "b", "attributes": {"acl": "private"}}}
	found := data.aegis.provisioning.resources.planned(types) with input as document
	found[0].name == "b"
	found[0].attributes.acl == "private"
	count(data.aegis.provisioning.resources.planned({"aws_instance"})) == 0 with input as document
}

test_a_sound_plan_is_readable if {
	unreadable(plan([change(["create"], {})])) == set()
	unreadable({"format_version": "1.2"}) == set()
	unreadable({"format_version": "0.2", "errored": false, "resource_changes": []}) == set()
}

test_what_is_neither_plan_nor_resource_is_unreadable if {
	every document in [{}, [], null, "plan", 1, {"resource_changes": []}, {"resource": null}] {
		"the input is neither a Terraform plan (format_version) nor a resource (input.resource)" in unreadable(document)
	}
}

test_an_input_that_is_missing_is_unreadable if {
	count(data.aegis.provisioning.resources.unreadable(types)) == 1
}

test_a_format_of_the_future_is_unreadable if {
	every version in ["2.0", "", "1", "one"] {
		unreadable({"format_version": version}) == {"format_version is not one that this policy reads (0.x or 1.x)"}
	}
}

test_a_plan_that_ended_in_an_error_is_unreadable if {
	every errored in [true, null, "no"] {
		unreadable({"format_version": "1.2", "errored": errored}) == {"the plan ended in an error, so it does not show all that would change"}
	}
}

test_changes_that_are_no_list_are_unreadable if {
	every changes in [null, {}, "none", 0] {
		unreadable({"format_version": "1.2", "resource_changes": changes}) == {"resource_changes is not a list"}
	}
}

test_a_change_that_is_no_object_or_has_no_type_is_unreadable if {
	unreadable(plan([null, {"address": "a"}])) == {
		"resource_changes[0] is not an object",
		"resource_changes[1] has no type",
	}
}

test_each_missing_part_of_a_change_is_named if {
	every key in ["address", "name", "mode"] {
		unreadable(plan([object.remove(change(["create"], {}), [key])])) == {sprintf("resource_changes[0] (aws_s3_bucket) cannot be judged: no usable %v", [key])}
	}
	every key in ["actions", "after"] {
		whole := change(["create"], {})
		cut := object.union(object.remove(whole, ["change"]), {"change": object.remove(whole.change, [key])})
		unreadable(plan([cut])) == {sprintf("resource_changes[0] (aws_s3_bucket) cannot be judged: no usable %v", [key])}
	}
	unreadable(plan([{"type": "aws_s3_bucket"}])) == {"resource_changes[0] (aws_s3_bucket) cannot be judged: no usable address, name, mode, actions, after"}
}

test_actions_that_nobody_documents_are_judged_and_unreadable if {
	odd := [change(["polish"], {})]
	count(planned(odd)) == 1
	unreadable(plan(odd)) == {"resource_changes[0] (aws_s3_bucket) cannot be judged: no usable actions"}
}

test_a_broken_change_of_another_type_is_not_this_policys_business if {
	unreadable(plan([{"type": "aws_instance"}])) == set()
}

test_a_single_resource_needs_type_name_and_attributes if {
	unreadable({"resource": {}}) == {"input.resource has no type"}
	unreadable({"resource": {"type": "aws_s3_bucket"}}) == {"input.resource (aws_s3_bucket) cannot be judged: no usable name, attributes"}
	unreadable({"resource": {"type": "aws_s3_bucket", "name": "b", "attributes": {}}}) == set()
	unreadable({"resource": {"type": "aws_instance"}}) == set()
}

test_an_open_attribute_is_unknown if {
	open := {"attributes": {"acl": null}, "unknown": {"acl": true}}
	data.aegis.provisioning.resources.unknown(open, "acl")
	data.aegis.provisioning.resources.unknown({"attributes": {}, "unknown": true}, "acl")
	not data.aegis.provisioning.resources.unknown({"attributes": {"acl": "private"}, "unknown": {"acl": true}}, "acl")
	not data.aegis.provisioning.resources.unknown({"attributes": {}, "unknown": {}}, "acl")
}

test_a_mark_on_the_whole_is_one_on_each_part if {
	data.aegis.provisioning.resources.marks_of({"ebs": [{"encrypted": true}]}, "ebs", 0) == {"encrypted": true}
	data.aegis.provisioning.resources.marks_of({"ebs": true}, "ebs", 3) == true
	data.aegis.provisioning.resources.marks_of(true, "ebs", 0) == true
	data.aegis.provisioning.resources.marks_of({}, "ebs", 0) == {}
	data.aegis.provisioning.resources.marks_of({"ebs": [false]}, "ebs", 0) == {}
	data.aegis.provisioning.resources.unknown_in({}, true, "encrypted")
	data.aegis.provisioning.resources.unknown_in(null, true, "encrypted")
	not data.aegis.provisioning.resources.unknown_in({"encrypted": false}, true, "encrypted")
}

test_an_open_attribute_that_nobody_sets_is_not_obscured if {
	found := {"address": "aws_s3_bucket.b", "attributes": {}, "unknown": {"acl": true}}
	data.aegis.provisioning.resources.obscured(found, "acl") with input as {}
	data.aegis.provisioning.resources.obscured(found, "acl") with input as configured({"acl": {"references": ["var.acl"]}})
	not data.aegis.provisioning.resources.obscured(found, "acl") with input as configured({"bucket": {"constant_value": "b"}})
}

configured(expressions) := {"configuration": {"root_module": {"resources": [{"address": "aws_s3_bucket.b", "expressions": expressions}]}}}

test_a_block_is_a_list_whatever_it_is if {
	data.aegis.provisioning.resources.blocks({"a": [{"b": 1}]}, "a") == [{"b": 1}]
	data.aegis.provisioning.resources.blocks({"a": {"b": 1}}, "a") == [{"b": 1}]
	every attributes in [{}, {"a": null}, {"a": "b"}] {
		data.aegis.provisioning.resources.blocks(attributes, "a") == []
	}
}

test_a_finding_names_rule_and_resource if {
	found := data.aegis.provisioning.resources.finding("deny_r", {"address": "a", "name": "n"}, "must hold")
	found == {"rule": "deny_r", "address": "a", "name": "n", "msg": "must hold"}
}

test_an_unknown_finding_says_so if {
	found := data.aegis.provisioning.resources.unknown_finding("deny_r", {"address": "a", "name": "n"}, "must hold")
	found.unknown == true
	found.msg == "must hold, which is known only after apply"
}
