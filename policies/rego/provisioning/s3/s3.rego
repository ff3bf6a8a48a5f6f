# METADATA
# scope: package
# title: S3 buckets are encrypted and private
# description: >-
#   Every bucket names its server-side encryption and blocks public access; no ACL and no bucket policy opens it.
#   Settings that stand in resources of their own are followed to their bucket.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
# custom:
#   severity: high
#   controls: [CIS-AWS-2.1.1, CIS-AWS-2.1.4, NIST-SC-28, NIST-AC-3]
#   owner: platform-storage
#   rules:
#     deny_no_encryption:
#       title: Bucket without server-side encryption
#       fix: Add an aws_s3_bucket_server_side_encryption_configuration that refers to the bucket.
#     deny_no_public_access_block:
#       title: Bucket without a public access block
#       fix: Add an aws_s3_bucket_public_access_block that refers to the bucket, with all four settings true.
#     deny_open_public_access_block:
#       title: Public access block with a gap
#       fix: Set block_public_acls, block_public_policy, ignore_public_acls and restrict_public_buckets to true.
#     deny_public_acl:
#       title: ACL that opens a bucket to everyone
#       fix: Use the canned ACL private, or none, and grant access by a bucket policy.
#     deny_public_policy:
#       title: Bucket policy for everyone
#       fix: Name the principals, or add a condition that narrows them.
#     deny_unreadable:
#       title: Input that cannot be judged
#       fix: Send the whole output of terraform show -json, or a resource with type, name and attributes.
#     warn_no_versioning:
#       title: Bucket without versioning
#       fix: Add an aws_s3_bucket_versioning with status Enabled that refers to the bucket.
#     warn_force_destroy:
#       title: Bucket that is destroyed with its objects
#       fix: Leave force_destroy false.
package aegis.provisioning.s3

policy := "aegis.provisioning.s3"

default allow := false

# An input that this policy cannot read is not a pass, whatever exceptions there are.
allow if {
	count(data.aegis.provisioning.resources.input_problems) == 0
	count(deny) == 0
}

deny contains found if {
	some found in finding
	not data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

warn contains found if {
	some found in advice
	not data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

exempted contains object.union(found, {"exception": exception}) if {
	some found in (finding | advice)
	exception := data.aegis.provisioning.exceptions.covering(policy, found.rule, found)
}

finding contains found if {
	some found in data.aegis.provisioning.resources.unreadable(types)
}

finding contains data.aegis.provisioning.resources.finding("deny_no_encryption", bucket, msg) if {
	some bucket in unencrypted
	not data.aegis.provisioning.resources.obscured(bucket, "server_side_encryption_configuration")
	msg := sprintf("S3 bucket %v must have server-side encryption enabled", [bucket.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_no_encryption", bucket, msg) if {
	some bucket in unencrypted
	data.aegis.provisioning.resources.obscured(bucket, "server_side_encryption_configuration")
	msg := sprintf("S3 bucket %v must have server-side encryption enabled", [bucket.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_no_public_access_block", bucket, msg) if {
	some bucket in buckets
	bucket.planned # a single resource says nothing about those beside it
	not shown(bucket, guarded)
	msg := sprintf("S3 bucket %v must have a public access block", [bucket.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_open_public_access_block", guard, msg) if {
	some guard in planned
	guard.type == "aws_s3_bucket_public_access_block"
	gaps := [key | some key in access_settings; open(guard, key)]
	count(gaps) > 0
	msg := sprintf("public access block of %v must set %v", [guard.title, concat(", ", gaps)])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_open_public_access_block", guard, msg) if {
	some guard in planned
	guard.type == "aws_s3_bucket_public_access_block"
	gaps := [key | some key in access_settings; data.aegis.provisioning.resources.unknown(guard, key)]
	count(gaps) > 0
	msg := sprintf("public access block of %v must set %v", [guard.title, concat(", ", gaps)])
}

finding contains data.aegis.provisioning.resources.finding("deny_public_acl", holder, msg) if {
	some holder in planned
	public_acl(holder)
	msg := sprintf("the ACL of S3 bucket %v must not open it to everyone", [holder.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_public_acl", holder, msg) if {
	some holder in planned
	holder.type in {"aws_s3_bucket", "aws_s3_bucket_acl"}
	data.aegis.provisioning.resources.obscured(holder, "acl")
	msg := sprintf("S3 bucket %v must have no public ACL", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_public_policy", holder, msg) if {
	some [holder, document] in documents
	some statement in document.statements
	data.aegis.provisioning.documents.grants_everyone(statement)
	not statement.conditioned
	msg := sprintf("the policy of S3 bucket %v must not allow everyone", [holder.title])
}

finding contains data.aegis.provisioning.resources.unknown_finding("deny_public_policy", holder, msg) if {
	some [holder, document] in documents
	open_principals(document)
	msg := sprintf("S3 bucket %v must have no policy for everyone", [holder.title])
}

finding contains data.aegis.provisioning.resources.finding("deny_unreadable", holder, msg) if {
	some [holder, document] in documents
	document.kind == "unreadable"
	msg := sprintf("the policy of S3 bucket %v is not a policy document", [holder.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_no_versioning", bucket, msg) if {
	some bucket in buckets
	not versioned(bucket)
	msg := sprintf("S3 bucket %v should keep versions of its objects", [bucket.title])
}

advice contains data.aegis.provisioning.resources.finding("warn_force_destroy", bucket, msg) if {
	some bucket in buckets
	bucket.attributes.force_destroy == true
	msg := sprintf("S3 bucket %v is destroyed together with its objects", [bucket.title])
}
