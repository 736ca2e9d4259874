#!/bin/sh
# All that a browser can do here, in plain curl: sh examples/curl.sh http://localhost:8100 CLIP.mp4
# Needs curl and POSIX sh. With a token: TOKEN=… sh examples/curl.sh …
set -eu
server=$1
clip=$2
place=$(mktemp -d)
trap 'rm -r "$place"' EXIT

say() { printf '\n== %s\n' "$1"; }
ask() { curl --silent --show-error --fail-with-body ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "$@"; }
# the first value of a field in JSON, for want of jq
field() { sed -n "s/.*\"$1\": *\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p" | head -n 1; }
first() { tr ',{' '\n\n' | field "$1"; }

say 'what this server is, and whether it can work'
ask "$server/" | head -c 300
ask "$server/healthz"
ask "$server/readyz" | first ready
ask "$server/metrics" | grep '^artdag_workers'
ask "$server/openapi.json" | first openapi

say 'bring a clip in'
ask -F "file=@$clip;filename=holiday.mp4" "$server/cache/upload" >"$place/clip.json"
hash=$(first content_hash <"$place/clip.json")
echo "$hash"

say 'the same again is known: ask by hash before sending'
ask -H 'Content-Type: application/json' -d "{\"content_hashes\": [\"$hash\"]}" "$server/cache/have"

say 'the same in pieces, as tus does: announce, send, ask how far it is, send the rest'
size=$(wc -c <"$clip" | tr -d ' ')
upload=$(ask -D - -o /dev/null -X POST -H 'Tus-Resumable: 1.0.0' -H "Upload-Length: $size" "$server/cache/uploads" |
    tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
head -c 1000 "$clip" | ask -X PATCH -H 'Tus-Resumable: 1.0.0' -H 'Upload-Offset: 0' \
    -H 'Content-Type: application/offset+octet-stream' --data-binary @- "$server$upload"
offset=$(ask --head -H 'Tus-Resumable: 1.0.0' "$server$upload" | tr -d '\r' | sed -n 's/^[Uu]pload-[Oo]ffset: //p')
tail -c "+$((offset + 1))" "$clip" | ask -X PATCH -H 'Tus-Resumable: 1.0.0' -H "Upload-Offset: $offset" \
    -H 'Content-Type: application/offset+octet-stream' --data-binary @- "$server$upload"
ask "$server$upload" | first content_hash

say 'say something of it, and find it by that'
ask -X PATCH -H 'Content-Type: application/json' \
    -d '{"description": "by the sea", "tags": ["sea", "summer"], "folder": "trips", "collections": ["best"]}' \
    "$server/cache/$hash" | first description
ask "$server/media?q=sea&tag=summer&folder=trips&collection=best&kind=video" | first total
ask "$server/cache?limit=1" | first next

say 'facts, a part, a picture of it, and nothing when it is known already'
ask -H 'Accept: application/json' "$server/cache/$hash" | first media_type
ask -r 0-99 "$server/cache/$hash/raw" | wc -c
ask -o "$place/poster.webp" "$server/cache/$hash/poster"
ask --head "$server/cache/$hash" | head -n 1
ask -o /dev/null -w '%{http_code}\n' -H "If-None-Match: \"$hash\"" "$server/cache/$hash"
short=$(printf %.8s "$hash")
ask -L -o "$place/same.mp4" "$server/cache/$short"
cmp "$clip" "$place/same.mp4"

say 'give it a public name'
ask -H 'Content-Type: application/json' -d "{\"name\": \"holiday\", \"content_hash\": \"$short\"}" "$server/assets" |
    first name
ask "$server/assets" | first total

say 'the effects there are'
ask "$server/effects" | first name
ask "$server/effects/invert" | first content_hash

say 'bring a recipe in, and look at it'
cat >"$place/recipe.yaml" <<'YAML'
name: curl-darker
params:
  much: {type: float, default: -0.2, min: -1, max: 1}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, accept: [video]}}
    - {id: dark, type: EFFECT, config: {effect: brightness, params: {amount: {param: much}}}, inputs: [clip]}
  output: dark
YAML
recipe=$(ask -H 'Content-Type: application/yaml' --data-binary "@$place/recipe.yaml" "$server/recipes/upload" | first id)
ask "$server/recipes" | first total
ask "$server/recipes/$recipe" | first version
ask "$server/recipes/$recipe/text" | cmp - "$place/recipe.yaml"
ask "$server/configs/curl-darker" | first id

say 'what a run of it would do'
ask -H 'Content-Type: application/json' -d "{\"inputs\": {\"clip\": \"$hash\"}}" "$server/recipes/$recipe/plan" |
    head -c 300

say 'run it; the same key again starts nothing'
for again in 1 2; do
    ask -H 'Content-Type: application/json' -H "Idempotency-Key: $$-$hash" \
        -d "{\"inputs\": {\"clip\": \"$hash\"}, \"params\": {\"much\": -0.3}, \"output_name\": \"dusk\"}" \
        "$server/recipes/$recipe/run" | first run_id >"$place/run$again"
done
cmp "$place/run1" "$place/run2"
run=$(cat "$place/run1")

say 'wait for it, half a minute at a time'
status=pending
while [ "$status" = pending ] || [ "$status" = running ]; do
    status=$(ask "$server/runs/$run?wait=25" | first status)
done
echo "$status"
ask "$server/runs?status=completed&recipe=curl-darker&q=dusk" | first run_id
ask "$server/runs/$run/plan" | first plan_id

say 'take what it made, and the receipt'
output=$(ask "$server/runs/$run" | first output_hash)
ask -o "$place/dusk.mp4" "$server/cache/$output"
ask "$server/runs/$run/provenance" | first task_id
ask -H 'Accept: application/vnd.in-toto+json' "$server/runs/$run/provenance" | first payloadType

say 'run again what is missing: nothing is; and one effect by its name'
ask -X POST "$server/runs/$run/retry" | first status
other=$(ask -H 'Content-Type: application/json' -d "{\"recipe\": \"identity\", \"inputs\": [\"$short\"]}" "$server/runs" |
    first run_id)
echo "$other"

say 'start one and stop it'
stopped=$(ask -H 'Content-Type: application/json' \
    -d "{\"recipe\": \"$recipe\", \"inputs\": [\"$hash\"], \"params\": {\"much\": -0.7}}" "$server/runs" | first run_id)
curl --silent ${TOKEN:+-H "Authorization: Bearer $TOKEN"} -X POST "$server/runs/$stopped/cancel" | first status
ask "$server/runs/$stopped?wait=25" | first status

say 'what is used cannot go; what would go is shown before'
curl --silent ${TOKEN:+-H "Authorization: Bearer $TOKEN"} -X DELETE "$server/cache/$hash" | first code
ask "$server/cache/$hash/delete" | first allowed
ask "$server/runs/$run/discard" | first freed_bytes

say 'discard and delete'
ask "$server/runs?recipe=curl-darker&limit=200" | tr ',{' '\n\n' | sed -n 's/.*"run_id": *"\([^"]*\)".*/\1/p' |
    while read -r one; do ask -o /dev/null -X DELETE "$server/runs/$one"; done
ask -o /dev/null -X DELETE "$server/runs/$other"
curl --silent -o /dev/null -w '%{http_code}\n' "$server/runs/$run"
ask -o /dev/null -X DELETE "$server/recipes/$recipe"
ask -X DELETE "$server/cache/$hash" | tail -c 20
ask -o /dev/null -w '%{http_code}\n' "$server/logout"

say 'all of it done'
