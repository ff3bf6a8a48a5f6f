package aegis.provisioning.exceptions_test

finding := {"address": "module.a.thing.b", "name": "b"}

covering := data.aegis.provisioning.exceptions.covering("p", "deny_r", finding)

index(entries) := {"index": {"p": {"deny_r": {"b": entries}}}}

dated(expires) := [{"id": "EXC-1", "policy": "p", "rule": "deny_r", "resource": "b", "expires": expires}]

second := 1000000000

test_nothing_is_covered_without_exceptions if {
	not covering
}

test_nothing_is_covered_by_an_empty_document if {
	not covering with data.exceptions as {}
	not covering with data.exceptions as []
}

test_the_index_covers_until_its_end if {
	document := index([{"id": "EXC-1", "expires_ns": 200}])
	covering.id == "EXC-1" with data.exceptions as document with time.now_ns as 199
	not covering with data.exceptions as document with time.now_ns as 200
}

test_the_index_covers_from_its_start if {
	document := index([{"id": "EXC-1", "starts_ns": 50, "expires_ns": 200}])
	not covering with data.exceptions as document with time.now_ns as 49
	covering with data.exceptions as document with time.now_ns as 50
}

test_the_first_exception_in_force_is_named if {
	document := index([{"id": "EXC-0", "expires_ns": 100}, {"id": "EXC-1", "expires_ns": 200}])
	covering.id == "EXC-1" with data.exceptions as document with time.now_ns as 150
}

test_an_exception_may_name_the_address if {
	document := {"index": {"p": {"deny_r": {"module.a.thing.b": [{"id": "EXC-1", "expires_ns": 200}]}}}}
	covering.id == "EXC-1" with data.exceptions as document with time.now_ns as 5
}

test_an_exception_of_another_rule_or_policy_or_resource_covers_nothing if {
	entries := [{"id": "EXC-1", "expires_ns": 200}]
	not covering with data.exceptions as {"index": {"p": {"deny_s": {"b": entries}}}} with time.now_ns as 5
	not covering with data.exceptions as {"index": {"q": {"deny_r": {"b": entries}}}} with time.now_ns as 5
	not covering with data.exceptions as {"index": {"p": {"deny_r": {"c": entries}}}} with time.now_ns as 5
}

test_an_end_that_is_no_number_covers_nothing if {
	every end in ["200", null, [], {}, true] {
		not covering with data.exceptions as index([{"id": "EXC-1", "expires_ns": end}]) with time.now_ns as 5
	}
}

test_a_start_that_is_no_number_covers_nothing if {
	every start in ["1", null, [], {}, true] {
		entries := [{"id": "EXC-1", "starts_ns": start, "expires_ns": 200}]
		not covering with data.exceptions as index(entries) with time.now_ns as 5
	}
}

test_an_index_of_another_shape_covers_nothing if {
	every shape in [null, [], "b", {"p": null}, {"p": {"deny_r": []}}, {"p": {"deny_r": {"b": {"expires_ns": 200}}}}] {
		not covering with data.exceptions as {"index": shape} with time.now_ns as 5
	}
}

test_a_pattern_covers_what_it_matches if {
	document := {"patterns": {"p": {"deny_r": [{"id": "EXC-2", "glob": "module.a.*", "expires_ns": 200}]}}}
	covering.id == "EXC-2" with data.exceptions as document with time.now_ns as 5
	not covering with data.exceptions as document with time.now_ns as 200
	other := {"patterns": {"p": {"deny_r": [{"id": "EXC-2", "glob": "module.b.*", "expires_ns": 200}]}}}
	not covering with data.exceptions as other with time.now_ns as 5
}

test_patterns_of_another_shape_cover_nothing if {
	every shape in [null, [], {"p": {"deny_r": {}}}, {"p": {"deny_r": [{"glob": 1, "expires_ns": 200}]}}] {
		not covering with data.exceptions as {"patterns": shape} with time.now_ns as 5
	}
}

test_the_index_is_asked_before_the_patterns if {
	document := object.union(
		index([{"id": "EXC-1", "expires_ns": 200}]),
		{"patterns": {"p": {"deny_r": [{"id": "EXC-2", "glob": "*", "expires_ns": 200}]}}},
	)
	covering.id == "EXC-1" with data.exceptions as document with time.now_ns as 5
}

test_a_listed_date_ends_at_its_first_instant if {
	covering.id == "EXC-1" with data.exceptions as dated("1970-01-02") with time.now_ns as (86400 * second) - 1
	not covering with data.exceptions as dated("1970-01-02") with time.now_ns as 86400 * second
}

test_a_listed_timestamp_ends_at_its_moment if {
	covering with data.exceptions as dated("1970-01-01T00:00:01Z") with time.now_ns as second - 1
	not covering with data.exceptions as dated("1970-01-01T00:00:01Z") with time.now_ns as second
	covering with data.exceptions as dated("1970-01-01T00:00:01.5-00:01") with time.now_ns as 61 * second
	not covering with data.exceptions as dated("1970-01-01T00:00:01.5+00:01") with time.now_ns as second
}

test_a_listed_start_is_kept if {
	starting := [object.union(dated("2030-01-01")[0], {"starts": "1970-01-01T00:00:01Z"})]
	not covering with data.exceptions as starting with time.now_ns as second - 1
	covering with data.exceptions as starting with time.now_ns as second
	every start in ["soon", null, 5] {
		odd := [object.union(dated("2030-01-01")[0], {"starts": start})]
		not covering with data.exceptions as odd with time.now_ns as second
	}
}

test_a_list_below_the_folder_is_found if {
	covering with data.exceptions as {"exceptions": dated("2030-01-01")} with time.now_ns as 5
}

test_a_date_that_is_none_covers_nothing if {
	every date in [
		"", "never", "2030-1-1", "2030-13-01", "2030-04-31", "2030-02-29", "2100-02-29", "2030-02-30", "2262-05-01",
		"2030-01-01 00:00:00Z", "2030-01-01t00:00:00z", "2030-01-01T24:00:00Z", "2030-01-01T00:00:60Z",
		"2030-01-01T00:00:00", "2030-01-01T00:00:00,5Z", "2030-01-01T00:00:00+24:00", null, 20300101, ["2030-01-01"],
	] {
		not covering with data.exceptions as dated(date) with time.now_ns as 5
	}
}

test_leap_days_are_days if {
	every date in ["1972-02-29", "2000-02-29", "2096-02-29", "2196-02-29"] {
		covering with data.exceptions as dated(date) with time.now_ns as 5
	}
}

test_entries_that_are_no_objects_are_passed_over if {
	mixed := array.concat([null, "EXC-0", []], dated("2030-01-01"))
	covering.id == "EXC-1" with data.exceptions as mixed with time.now_ns as 5
}

test_a_finding_without_a_name_is_never_covered if {
	patterns := {"patterns": {"p": {"deny_r": [{"id": "EXC-2", "glob": "*", "expires_ns": 200}]}}}
	nameless := {"address": null, "name": null}
	not data.aegis.provisioning.exceptions.covering("p", "deny_r", nameless) with data.exceptions as patterns
		with time.now_ns as 5
}
