package aegis.provisioning.resources_test

setting(address, change) := {"address": address, "type": "aws_s3_bucket_versioning", "change": change}

targets(found, modules) := reached if {
	reached := data.aegis.provisioning.resources.targets(found, "bucket") with input as {
		"resource_changes": [found.change],
		"configuration": {"root_module": modules},
	}
}

entry(expressions) := {"address": "aws_s3_bucket_versioning.v", "expressions": expressions}

refers(refs) := entry({"bucket": {"references": refs}})

test_a_reference_leads_to_its_resource if {
	found := setting("aws_s3_bucket_versioning.v", {"name": "v"})
	"aws_s3_bucket.b" in targets(found, {"resources": [refers(["aws_s3_bucket.b.id", "aws_s3_bucket.b"])]})
}

test_a_reference_in_a_module_stays_in_its_instance if {
	found := setting("module.m[\"a.b\"].aws_s3_bucket_versioning.v", {"name": "v", "module_address": "module.m[\"a.b\"]"})
	modules := {"module_calls": {"m": {"module": {"resources": [refers(["aws_s3_bucket.b.id", "aws_s3_bucket.b"])]}}}}
	"module.m[\"a.b\"].aws_s3_bucket.b" in targets(found, modules)
}

test_an_instance_refers_to_the_one_with_its_own_key if {
	found := setting("aws_s3_bucket_versioning.v[\"x\"]", {"name": "v", "index": "x"})
	reached := targets(found, {"resources": [refers(["aws_s3_bucket.b", "each.key"])]})
	"aws_s3_bucket.b[\"x\"]" in reached
	not "aws_s3_bucket.b[\"y\"]" in reached
}

test_an_instance_that_names_another_refers_to_that_one if {
	found := setting("aws_s3_bucket_versioning.v[0]", {"name": "v", "index": 0})
	reached := targets(found, {"resources": [refers(["aws_s3_bucket.b[1].id", "aws_s3_bucket.b[1]", "aws_s3_bucket.b"])]})
	"aws_s3_bucket.b[1]" in reached
	not "aws_s3_bucket.b[0]" in reached
}

test_each_value_is_an_element_of_what_for_each_refers_to if {
	found := setting("aws_s3_bucket_versioning.v[\"x\"]", {"name": "v", "index": "x"})
	each := object.union(refers(["each.value.id", "each.value"]), {"for_each_expression": {"references": ["aws_s3_bucket.b"]}})
	"aws_s3_bucket.b[\"x\"]" in targets(found, {"resources": [each]})
}

test_an_input_leads_to_what_the_caller_passed if {
	found := setting("module.m.aws_s3_bucket_versioning.v", {"name": "v", "module_address": "module.m"})
	modules := {"module_calls": {"m": {
		"expressions": {"bucket": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}},
		"module": {"resources": [refers(["var.bucket"])]},
	}}}
	"aws_s3_bucket.b" in targets(found, modules)
}

test_an_output_leads_into_the_module if {
	found := setting("aws_s3_bucket_versioning.v", {"name": "v"})
	inner := {"outputs": {"id": {"expression": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}}}}
	"module.m.aws_s3_bucket.b" in targets(found, {
		"resources": [refers(["module.m.id", "module.m"])],
		"module_calls": {"m": {"module": inner}},
	})
}

test_several_modules_are_followed if {
	found := setting("module.out.module.in.aws_s3_bucket_versioning.v", {"name": "v", "module_address": "module.out.module.in"})
	inner := {"expressions": {"bucket": {"references": ["var.name"]}}, "module": {"resources": [refers(["var.bucket"])]}}
	outer := {"expressions": {"name": {"references": ["aws_s3_bucket.b"]}}, "module": {"module_calls": {"in": inner}}}
	"aws_s3_bucket.b" in targets(found, {"module_calls": {"out": outer}})
}

test_a_reference_to_an_instance_of_a_module_is_not_guessed if {
	found := setting("aws_s3_bucket_versioning.v", {"name": "v"})
	inner := {"outputs": {"id": {"expression": {"references": ["aws_s3_bucket.b"]}}}}
	reached := targets(found, {
		"resources": [refers(["module.m[\"x\"].id", "module.m[\"x\"]", "module.m"])],
		"module_calls": {"m": {"module": inner}},
	})
	not "module.m.aws_s3_bucket.b" in reached
	not "module.m[\"x\"].aws_s3_bucket.b" in reached
}

test_without_configuration_nothing_is_referred_to if {
	found := setting("aws_s3_bucket_versioning.v", {"name": "v"})
	data.aegis.provisioning.resources.targets(found, "bucket") == set() with input as {"resource_changes": [found.change]}
}

test_a_resource_without_a_label_has_no_instance_to_match if {
	found := setting("aws_s3_bucket_versioning.v", {"name": null})
	reached := targets(found, {"resources": [refers(["aws_s3_bucket.b.id", "aws_s3_bucket.b"])]})
	"aws_s3_bucket.b" in reached
}
