#!/usr/bin/env bash
# Makes, once for an account and region, what a stack cannot make for itself: the bucket of Pulumi's state and the key
# that encrypts the secrets in it, and the role that OpenSearch needs inside a network. What is there already stays.
#   infra/bootstrap.sh dev eu-central-1
# Needs the AWS and Pulumi command lines and an administrator's rights.
set -euo pipefail

stack=${1:?which stack, for example dev}
region=${2:?which region, for example eu-central-1}
account=$(aws sts get-caller-identity --query Account --output text)
bucket="kass-state-$account"
key="alias/kass-state"

if ! aws s3api head-bucket --bucket "$bucket" 2>/dev/null; then
  # This region alone is not named as a place.
  place=()
  [ "$region" = us-east-1 ] || place=(--create-bucket-configuration "LocationConstraint=$region")
  aws s3api create-bucket --bucket "$bucket" --region "$region" "${place[@]}" >/dev/null
fi
aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled
aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true

if ! aws kms describe-key --key-id "$key" --region "$region" >/dev/null 2>&1; then
  id=$(aws kms create-key --region "$region" --description "Secrets in Pulumi's state" --query KeyMetadata.KeyId --output text)
  aws kms enable-key-rotation --key-id "$id" --region "$region"
  aws kms create-alias --alias-name "$key" --target-key-id "$id" --region "$region"
fi

# One for the account; it is an error when it is there.
aws iam get-role --role-name AWSServiceRoleForAmazonOpenSearchService >/dev/null 2>&1 ||
  aws iam create-service-linked-role --aws-service-name opensearchservice.amazonaws.com >/dev/null

# The backend in S3 locks a stack by itself while it is changed.
pulumi login "s3://$bucket?region=$region"
pulumi stack select "$stack" 2>/dev/null ||
  pulumi stack init "$stack" --secrets-provider "awskms://$key?region=$region"
pulumi config set aws:region "$region" --stack "$stack"
printf 'The stack %s keeps its state in s3://%s. Next: pulumi preview --policy-pack infra/policy\n' "$stack" "$bucket"
