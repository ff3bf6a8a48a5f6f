package aegis.provisioning.s3

types := {"aws_s3_bucket", "aws_s3_bucket_public_access_block", "aws_s3_bucket_acl", "aws_s3_bucket_policy"}

planned := data.aegis.provisioning.resources.planned(types)

buckets := [found | some found in planned; found.type == "aws_s3_bucket"]

unencrypted := [bucket |
	some bucket in buckets
	not encrypts(object.get(bucket.attributes, "server_side_encryption_configuration", null))
	not shown(bucket, encrypted)
]

# Some block names an algorithm, at whatever depth the provider's version puts it.
encrypts(blocks) if {
	walk(blocks, [_, node])
	node.sse_algorithm in {"AES256", "aws:kms", "aws:kms:dsse"}
}

versioned(bucket) if {
	some block in data.aegis.provisioning.resources.blocks(bucket.attributes, "versioning")
	block.enabled == true
}

versioned(bucket) if shown(bucket, versioning)

access_settings := ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]

open(guard, key) if {
	not data.aegis.provisioning.resources.unknown(guard, key)
	object.get(guard.attributes, key, null) != true
}

public_acl(holder) if holder.attributes.acl in {"public-read", "public-read-write", "authenticated-read"}

public_acl(holder) if {
	some grant in data.aegis.provisioning.resources.blocks(holder.attributes, "grant")
	everyone(grant)
}

public_acl(holder) if {
	some access in data.aegis.provisioning.resources.blocks(holder.attributes, "access_control_policy")
	some grant in data.aegis.provisioning.resources.blocks(access, "grant")
	some grantee in data.aegis.provisioning.resources.blocks(grant, "grantee")
	everyone(grantee)
}

everyone(grantee) if grantee.uri in {
	"http://acs.amazonaws.com/groups/global/AllUsers",
	"http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}

documents := [[holder, document] |
	some holder in planned
	holder.type in {"aws_s3_bucket", "aws_s3_bucket_policy"}
	document := data.aegis.provisioning.documents.document(holder, "policy")
]

open_principals(document) if document.kind == "unknown"

open_principals(document) if {
	some statement in document.statements
	statement.effect == "Allow"
	not statement.conditioned
	null in statement.principals
}

# What stands in a resource of its own counts for the bucket that it names, or, where the name is known only after
# apply, for the one bucket that its expression refers to.
encrypted := {bucket |
	some setting in settings
	setting.type == "aws_s3_bucket_server_side_encryption_configuration"
	encrypts(object.get(setting.attributes, "rule", null))
	bucket := home(setting)
}

guarded := {bucket |
	some setting in settings
	setting.type == "aws_s3_bucket_public_access_block"
	bucket := home(setting)
}

versioning := {bucket |
	some setting in settings
	setting.type == "aws_s3_bucket_versioning"
	some block in data.aegis.provisioning.resources.blocks(setting.attributes, "versioning_configuration")
	block.status == "Enabled"
	bucket := home(setting)
}

settings := data.aegis.provisioning.resources.standing({
	"aws_s3_bucket_server_side_encryption_configuration",
	"aws_s3_bucket_public_access_block",
	"aws_s3_bucket_versioning",
})

home(setting) := setting.attributes.bucket if {
	is_string(setting.attributes.bucket)
} else := address if {
	referred := data.aegis.provisioning.resources.targets(setting, "bucket") & bucket_addresses
	count(referred) == 1
	some address in referred
}

bucket_addresses := {bucket.address | some bucket in data.aegis.provisioning.resources.standing({"aws_s3_bucket"})}

# A bucket's name cannot be mistaken for an address, since it holds no underscore.
shown(bucket, homes) if bucket.address in homes

shown(bucket, homes) if bucket.attributes.bucket in homes

shown(bucket, homes) if bucket.attributes.id in homes
