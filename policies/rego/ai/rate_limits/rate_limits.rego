# METADATA
# scope: package
# title: Agents keep to their limits
# description: >-
#   Compares the counts that come with a request with the limits of the agent's tier. The caller counts; a request is
#   denied when one more would pass a limit, and pointed out from four fifths of it on.
# custom:
#   severity: medium
#   controls: [NIST-SC-5, OWASP-LLM10]
#   owner: ai-platform
#   rules:
#     deny_unreadable:
#       title: Request that cannot be judged
#       fix: Send agent_id and usage with every count that the tier limits, each a number that is not negative.
#     deny_over_limit:
#       title: Limit reached
#       fix: Wait until the window has passed, or move the agent to a higher tier in limits.rego.
#     warn_near_limit:
#       title: Limit nearly reached
#       fix: Slow the agent down, or move it to a higher tier in limits.rego.
package aegis.ai.rate_limits

policy := "aegis.ai.rate_limits"

default allow := false

allow if {
	readable
	count(deny) == 0
}

deny contains found if {
	some found in finding
	not data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

warn contains found if {
	some found in advice
	not data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

exempted contains object.union(found, {"exception": exception}) if {
	some found in (finding | advice)
	exception := data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

finding contains found if {
	some found in data.aegis.ai.requests.unreadable(["agent_id"])
}

finding contains data.aegis.ai.requests.unnamed(msg) if {
	some counter in uncounted
	msg := sprintf("the request has no usable usage.%v", [counter])
}

finding contains object.union(data.aegis.ai.requests.finding("deny_over_limit", msg), {"counter": counter}) if {
	readable
	some counter, limit in limits
	input.usage[counter] >= limit
	msg := sprintf("agent %v has reached its limit of %v %v", [
		input.agent_id,
		format_int(limit, 10),
		replace(counter, "_", " "),
	])
}

advice contains object.union(data.aegis.ai.requests.finding("warn_near_limit", msg), {"counter": counter}) if {
	readable
	some counter, limit in limits
	input.usage[counter] < limit
	input.usage[counter] * 5 >= limit * 4
	msg := sprintf("agent %v is near its limit of %v %v", [
		input.agent_id,
		format_int(limit, 10),
		replace(counter, "_", " "),
	])
}

readable if {
	data.aegis.ai.requests.says("agent_id")
	count(uncounted) == 0
}

# A count that is missing is not a count of zero.
uncounted := [counter | some counter, _ in limits; not counted(counter)]

counted(counter) if {
	is_number(input.usage[counter])
	input.usage[counter] >= 0
}

limits := tiers[tier]

default tier := "basic"

tier := agent_tiers[input.agent_id]
