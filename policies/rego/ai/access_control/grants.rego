package aegis.ai.access_control

# Who is who, and who may do what where. A resource stands for itself and for everything below it.
agents := {
	"agent-001": ["support"],
	"agent-002": ["support", "analyst"],
	"agent-003": ["release"],
}

roles := {
	"support": [
		{"actions": {"read", "search"}, "resources": ["tickets", "articles", "customers/profiles"]},
		{"actions": {"reply", "tag"}, "resources": ["tickets"]},
	],
	"analyst": [
		{"actions": {"read", "query"}, "resources": ["warehouse/sales", "warehouse/usage"]},
		{"actions": {"write"}, "resources": ["reports/drafts"]},
	],
	"release": [
		{"actions": {"read"}, "resources": ["repositories", "pipelines"]},
		{"actions": {"start"}, "resources": ["pipelines/staging"]},
	],
}

forbidden_actions := {
	"approve_exception",
	"change_policy",
	"create_agent",
	"delete_audit",
	"grant_access",
	"read_secrets",
}
