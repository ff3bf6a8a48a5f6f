package aegis.ai.access_control_test

request(agent, action, resource) := {"agent_id": agent, "action": action, "resource": resource}

denied(document) := {found.rule | some found in denies} if {
	denies := data.aegis.ai.access_control.deny with input as document with data.exceptions as {}
}

allowed(document) := verdict if {
	verdict := data.aegis.ai.access_control.allow with input as document with data.exceptions as {}
}

test_a_granted_action_on_a_granted_resource_is_allowed if {
	allowed(request("agent-001", "read", "tickets"))
	allowed(request("agent-001", "read", "tickets/42/notes"))
	allowed(request("agent-002", "query", "warehouse/sales"))
	denied(request("agent-001", "read", "tickets/42")) == set()
}

test_an_agent_that_is_not_listed_may_do_nothing if {
	denied(request("agent-999", "read", "tickets/42")) == {"deny_unknown_agent"}
	not allowed(request("agent-999", "read", "tickets/42"))
}

test_an_action_outside_the_role_is_denied if {
	denied(request("agent-001", "start", "pipelines/staging")) == {"deny_action_not_granted"}
	denied(request("agent-001", "READ", "tickets")) == {"deny_action_not_granted"}
}

test_a_resource_outside_the_grant_is_denied if {
	every resource in ["customers", "customers/cards", "ticketsextra", "warehouse/sales"] {
		denied(request("agent-001", "read", resource)) == {"deny_resource_not_granted"}
	}
}

test_some_actions_are_beyond_every_grant if {
	denied(request("agent-003", "read_secrets", "pipelines")) == {"deny_forbidden_action", "deny_action_not_granted"}
	every grants in data.aegis.ai.access_control.roles {
		every grant in grants {
			count(grant.actions & data.aegis.ai.access_control.forbidden_actions) == 0
		}
	}
}

test_the_runbooks_request_is_denied if {
	document := {"agent_id": "agent-001", "action": "read_secrets"}
	not allowed(document)
	denied(document) == {"deny_unreadable", "deny_forbidden_action", "deny_action_not_granted"}
}

test_a_request_without_a_part_is_unreadable if {
	whole := request("agent-001", "read", "tickets/42")
	every key in object.keys(whole) {
		"deny_unreadable" in denied(object.remove(whole, [key]))
		not allowed(object.remove(whole, [key]))
		every odd in [null, "", 7, [], {}] {
			"deny_unreadable" in denied(object.union(whole, {key: odd}))
			not allowed(object.union(whole, {key: odd}))
		}
	}
	every document in [{}, [], null, "request"] {
		denied(document) == {"deny_unreadable"}
	}
}

test_an_overlong_name_is_unreadable if {
	long := concat("", [part | some _ in numbers.range(1, 1025); part := "x"])
	"deny_unreadable" in denied(request(long, "read", "tickets"))
}

test_a_path_with_dotted_or_empty_steps_is_unreadable if {
	every resource in ["tickets/../customers/cards", "tickets/./42", "tickets//42", "/tickets", "tickets/"] {
		"deny_unreadable" in denied(request("agent-001", "read", resource))
		not allowed(request("agent-001", "read", resource))
	}
}

leave(rule) := {"index": {"aegis.ai.access_control": {rule: {"agent-001": [{"id": "EXC-010", "expires_ns": 200}]}}}}

test_an_exception_lets_one_agent_until_it_ends if {
	document := request("agent-001", "read", "customers/cards")
	data.aegis.ai.access_control.allow with input as document
		with data.exceptions as leave("deny_resource_not_granted")
		with time.now_ns as 199
	some found in data.aegis.ai.access_control.exempted with input as document
		with data.exceptions as leave("deny_resource_not_granted")
		with time.now_ns as 199
	found.exception.id == "EXC-010"
	not data.aegis.ai.access_control.allow with input as document
		with data.exceptions as leave("deny_resource_not_granted")
		with time.now_ns as 200
}

test_no_exception_covers_an_unreadable_request if {
	document := {"agent_id": "agent-001", "action": "read"}
	any := {"patterns": {"aegis.ai.access_control": {"deny_unreadable": [{"id": "EXC-011", "glob": "*", "expires_ns": 200}]}}}
	not data.aegis.ai.access_control.allow with input as document with data.exceptions as any with time.now_ns as 5
	count(data.aegis.ai.access_control.deny) == 1 with input as document with data.exceptions as any with time.now_ns as 5
}
