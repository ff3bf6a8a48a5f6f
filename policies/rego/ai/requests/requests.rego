# METADATA
# scope: package
# title: Requests of agents
# description: Reads what an agent asks for, and names what a policy needs and the request does not say.
# custom:
#   library: true
#   owner: policy-platform
package aegis.ai.requests

# METADATA
# description: >-
#   Findings for each of the given fields that is no text. They name nobody, so that no exception, which is leave for a
#   named agent, can cover them: who asks for what must be said.
unreadable(keys) := {found |
	some key in keys
	not says(key)
	found := unnamed(sprintf("the request has no usable %v", [key]))
}

# METADATA
# description: A finding that the request cannot be read, in the given words.
unnamed(msg) := {"rule": "deny_unreadable", "address": null, "name": null, "msg": msg}

# METADATA
# description: A finding of the rule on the agent that asks.
finding(rule, msg) := {"rule": rule, "address": input.agent_id, "name": input.agent_id, "msg": msg}

# METADATA
# description: Whether the request has a text at the key. A field of more than 1024 characters is no name of anything.
says(key) if {
	is_string(input[key])
	input[key] != ""
	count(input[key]) <= 1024
}
