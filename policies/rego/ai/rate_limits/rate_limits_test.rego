package aegis.ai.rate_limits_test

idle := {"requests_last_minute": 0, "requests_last_hour": 0, "tokens_last_hour": 0, "tokens_last_day": 0}

request(agent, usage) := {"agent_id": agent, "usage": object.union(idle, usage)}

denied(document) := {[found.rule, object.get(found, "counter", null)] | some found in denies} if {
	denies := data.aegis.ai.rate_limits.deny with input as document with data.exceptions as {}
}

advised(document) := {found.counter | some found in warnings} if {
	warnings := data.aegis.ai.rate_limits.warn with input as document with data.exceptions as {}
}

allowed(document) := verdict if {
	verdict := data.aegis.ai.rate_limits.allow with input as document with data.exceptions as {}
}

test_an_idle_agent_is_allowed if {
	allowed(request("agent-001", {}))
	denied(request("agent-001", {})) == set()
	advised(request("agent-001", {})) == set()
}

test_the_request_that_would_pass_a_limit_is_denied if {
	every counter, limit in data.aegis.ai.rate_limits.tiers.basic {
		allowed(request("agent-001", {counter: limit - 1}))
		not allowed(request("agent-001", {counter: limit}))
		denied(request("agent-001", {counter: limit})) == {["deny_over_limit", counter]}
	}
}

test_four_fifths_of_a_limit_are_pointed_out if {
	advised(request("agent-001", {"requests_last_minute": 47})) == set()
	advised(request("agent-001", {"requests_last_minute": 48})) == {"requests_last_minute"}
	advised(request("agent-001", {"requests_last_minute": 60})) == set()
}

test_a_tier_has_its_own_limits if {
	not allowed(request("agent-999", {"requests_last_minute": 60}))
	allowed(request("agent-002", {"requests_last_minute": 60}))
	allowed(request("agent-003", {"tokens_last_hour": 1000001}))
}

test_every_agent_has_a_tier_that_there_is if {
	every name in data.aegis.ai.rate_limits.agent_tiers {
		data.aegis.ai.rate_limits.tiers[name]
	}
}

test_the_message_spells_the_limit if {
	document := request("agent-001", {"tokens_last_day": 1000000})
	some found in data.aegis.ai.rate_limits.deny with input as document with data.exceptions as {}
	found.msg == "agent agent-001 has reached its limit of 1000000 tokens last day"
}

test_a_missing_or_odd_count_is_unreadable if {
	every counter in object.keys(idle) {
		missing := {"agent_id": "agent-001", "usage": object.remove(idle, [counter])}
		denied(missing) == {["deny_unreadable", null]}
		not allowed(missing)
		every odd in [null, "1", -1, [], true] {
			denied(request("agent-001", {counter: odd})) == {["deny_unreadable", null]}
		}
	}
	every document in [{}, null, [], {"agent_id": "agent-001"}, {"agent_id": "agent-001", "usage": "none"}] {
		not allowed(document)
		["deny_unreadable", null] in denied(document)
	}
}

test_a_request_of_nobody_is_held_to_the_basic_tier if {
	count(data.aegis.ai.rate_limits.deny) == 5 with input as {} with data.exceptions as {}
}

test_a_request_of_nobody_is_unreadable if {
	denied({"usage": idle}) == {["deny_unreadable", null]}
	not allowed({"usage": idle})
}

leave(rule) := {"index": {"aegis.ai.rate_limits": {rule: {"agent-001": [{"id": "EXC-020", "expires_ns": 200}]}}}}

test_an_exception_lifts_the_limit_until_it_ends if {
	document := request("agent-001", {"requests_last_minute": 60})
	data.aegis.ai.rate_limits.allow with input as document
		with data.exceptions as leave("deny_over_limit")
		with time.now_ns as 199
	some found in data.aegis.ai.rate_limits.exempted with input as document
		with data.exceptions as leave("deny_over_limit")
		with time.now_ns as 199
	found.exception.id == "EXC-020"
	not data.aegis.ai.rate_limits.allow with input as document
		with data.exceptions as leave("deny_over_limit")
		with time.now_ns as 200
}

test_an_exception_quiets_advice_too if {
	document := request("agent-001", {"requests_last_minute": 50})
	count(data.aegis.ai.rate_limits.warn) == 0 with input as document
		with data.exceptions as leave("warn_near_limit")
		with time.now_ns as 199
}
