# METADATA
# scope: package
# title: Agents do only what they were granted
# description: >-
#   An agent may do an action on a resource only when its role grants both. Some actions are beyond every grant.
#   Whoever is not listed may do nothing.
# custom:
#   severity: critical
#   controls: [NIST-AC-3, NIST-AC-6, ISO-42001-A.9.2]
#   owner: ai-platform
#   rules:
#     deny_unreadable:
#       title: Request that cannot be judged
#       fix: Send agent_id, action and resource as texts; a resource is a path without empty or dotted steps.
#     deny_unknown_agent:
#       title: Agent that nobody registered
#       fix: Give the agent a role in grants.rego.
#     deny_forbidden_action:
#       title: Action that no agent may do
#       fix: Let a person do it.
#     deny_action_not_granted:
#       title: Action outside the agent's role
#       fix: Grant the action to the role in grants.rego, or give the agent another role.
#     deny_resource_not_granted:
#       title: Resource outside the agent's role
#       fix: Add the resource to the grant of this action in grants.rego.
package aegis.ai.access_control

policy := "aegis.ai.access_control"

default allow := false

allow if {
	readable
	count(deny) == 0
}

deny contains found if {
	some found in finding
	not data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

exempted contains object.union(found, {"exception": exception}) if {
	some found in finding
	exception := data.aegis.ai.exceptions.covering(policy, found.rule, found)
}

finding contains found if {
	some found in data.aegis.ai.requests.unreadable(["agent_id", "action", "resource"])
}

finding contains data.aegis.ai.requests.unnamed("the resource is no plain path") if {
	data.aegis.ai.requests.says("resource")
	not plain_path
}

finding contains data.aegis.ai.requests.finding("deny_unknown_agent", msg) if {
	data.aegis.ai.requests.says("agent_id")
	not registered
	msg := sprintf("agent %v is not registered", [input.agent_id])
}

finding contains data.aegis.ai.requests.finding("deny_forbidden_action", msg) if {
	data.aegis.ai.requests.says("agent_id")
	input.action in forbidden_actions
	msg := sprintf("no agent may %v", [input.action])
}

finding contains data.aegis.ai.requests.finding("deny_action_not_granted", msg) if {
	registered
	data.aegis.ai.requests.says("action")
	count(grants_of_action) == 0
	msg := sprintf("agent %v was not granted %v", [input.agent_id, input.action])
}

finding contains data.aegis.ai.requests.finding("deny_resource_not_granted", msg) if {
	data.aegis.ai.requests.says("resource")
	count(grants_of_action) > 0
	not within_reach
	msg := sprintf("agent %v was not granted %v on %v", [input.agent_id, input.action, input.resource])
}

readable if {
	data.aegis.ai.requests.says("agent_id")
	data.aegis.ai.requests.says("action")
	data.aegis.ai.requests.says("resource")
	plain_path
}

registered if agents[input.agent_id]

grants_of_action := [grant |
	some role in agents[input.agent_id]
	some grant in roles[role]
	input.action in grant.actions
]

within_reach if {
	some grant in grants_of_action
	some root in grant.resources
	below(root)
}

below(root) if input.resource == root

below(root) if startswith(input.resource, concat("", [root, "/"]))

# A path that leaves the folder it seems to be in would reach past its grant.
plain_path if {
	steps := split(input.resource, "/")
	every step in steps {
		not step in {"", ".", ".."}
	}
}
