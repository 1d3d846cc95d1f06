#!/bin/sh
# Makes the bucket of compose.yaml, with the CORS rule that browsers need (lib/server/storage/README.md).
set -eu
endpoint=http://s3:7070
tries=0
until aws --endpoint-url "$endpoint" s3api head-bucket --bucket restain 2>/dev/null ||
  aws --endpoint-url "$endpoint" s3api create-bucket --bucket restain; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || exit 1
  sleep 1
done
aws --endpoint-url "$endpoint" s3api put-bucket-cors --bucket restain --cors-configuration "{
  \"CORSRules\": [{
    \"AllowedOrigins\": [\"https://$SITE_HOST\"],
    \"AllowedMethods\": [\"GET\", \"PUT\"],
    \"AllowedHeaders\": [\"content-type\", \"range\"],
    \"ExposeHeaders\": [\"content-range\", \"content-length\", \"etag\"],
    \"MaxAgeSeconds\": 3600
  }]
}"
