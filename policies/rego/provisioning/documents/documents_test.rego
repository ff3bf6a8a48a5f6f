package aegis.provisioning.documents_test

read(text) := data.aegis.provisioning.documents.statements(text)

found(attributes, unknown) := {"address": "aws_iam_policy.p", "attributes": attributes, "unknown": unknown, "change": {}}

kind(attributes, unknown) := data.aegis.provisioning.documents.document(found(attributes, unknown), "policy").kind

test_a_statement_has_one_shape_however_it_is_written if {
	plain := {"Effect": "Allow", "Action": "S3:GetObject", "Resource": "*", "Principal": "*"}
	listed := {"Effect": "Allow", "Action": ["s3:getobject"], "Resource": ["*"], "Principal": {"AWS": ["*"]}}
	read(json.marshal({"Statement": plain})) == read(json.marshal({"Statement": [listed]}))
	read(json.marshal({"Statement": plain})) == [{
		"effect": "Allow",
		"actions": ["s3:getobject"],
		"except_actions": [],
		"resources": ["*"],
		"principals": ["*"],
		"conditioned": false,
	}]
}

test_a_document_without_statements_allows_nothing if {
	read("{\"Statement\": []}") == []
}

test_an_action_that_is_no_text_is_not_known if {
	read("{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": [1]}]}")[0].actions == [null]
}

test_what_is_no_document_is_not_read if {
	every text in [null, 7, "", "[", "[]", "{}", "{\"Statement\": 1}", "{\"Statement\": [{\"Effect\": \"allow\", \"Action\": \"*\"}]}"] {
		not read(text)
	}
}

test_what_an_attribute_says_is_told_apart if {
	kind({"policy": "{\"Statement\": []}"}, {}) == "read"
	kind({"policy": "none"}, {}) == "unreadable"
	kind({"policy": 7}, {}) == "unreadable"
	kind({}, {"policy": true}) == "unknown"
	kind({"policy": ""}, {}) == "absent"
	kind({}, {}) == "absent"
}

source(attributes, unknown) := {"attributes": attributes, "unknown": unknown}

test_a_document_merged_from_others_is_not_rendered if {
	data.aegis.provisioning.documents.rendered(source({"statement": []}, {})) == []
	every key in ["source_json", "override_json", "source_policy_documents", "override_policy_documents"] {
		not data.aegis.provisioning.documents.rendered(source({key: ["{}"]}, {}))
		not data.aegis.provisioning.documents.rendered(source({}, {key: true}))
	}
	not data.aegis.provisioning.documents.rendered(source({}, {"statement": true}))
	not data.aegis.provisioning.documents.rendered(source({"statement": [null]}, {}))
}

test_what_is_open_in_a_block_is_null if {
	open := data.aegis.provisioning.documents.rendered(source({"statement": [{"actions": ["*"]}]}, {"statement": [{"resources": true}]}))
	open[0].resources == [null]
	open[0].effect == "Allow"
}
