"""What the run store does in Redis: each script whole or not at all."""

from __future__ import annotations

from app.storage.stage_store import STAGE_FUNCTIONS

# ARGV request: {run, record, state, progress, stages_text, kept, sorted: {key: score}, sets, ended, uses, plan, owner,
# stages, idempotency: {key, value, seconds} or absent}
CREATE = (
    STAGE_FUNCTIONS
    + """
local wanted = cjson.decode(ARGV[1])
local memory = wanted.idempotency
if memory then
  local earlier = redis.call('GET', memory.key)
  if earlier and redis.call('EXISTS', 'artdag:run:' .. cjson.decode(earlier).run_id) == 1 then
    return {'earlier', earlier}
  end
end
for _, digest in ipairs(wanted.uses) do
  if redis.call('EXISTS', 'artdag:deleting:' .. digest) == 1 then return {'deleting', digest} end
end
if wanted.open then
  local count = 0
  for _, key in ipairs(wanted.open.lists) do count = count + redis.call('ZCARD', key) end
  if count >= wanted.open.most then return {'full', ''} end
end
if memory then redis.call('SET', memory.key, memory.value, 'EX', memory.seconds) end
redis.call('HSET', 'artdag:run:' .. wanted.run, 'record', wanted.record, 'state', wanted.state, 'version', 1,
  'progress', wanted.progress, 'fraction', 0, 'stages', wanted.stages_text, 'kept', wanted.kept, 'pins', wanted.pins)
for key, score in pairs(wanted.sorted) do redis.call('ZADD', key, score, wanted.run) end
for _, key in ipairs(wanted.sets) do redis.call('SADD', key, wanted.run) end
for _, digest in ipairs(wanted.uses) do redis.call('SADD', 'artdag:uses:' .. digest, wanted.run) end
local states, joined = {}, {}
if wanted.ended then redis.call('ZADD', 'artdag:runs:ended', millis(), wanted.run) end
for place, stage in ipairs(wanted.stages) do
  states[place] = join(stage, wanted.run, wanted.owner, wanted.plan)
  if states[place] ~= '' then joined[#joined + 1] = stage.key end
end
if #joined > 0 then redis.call('HSET', 'artdag:run:' .. wanted.run, 'joined', cjson.encode(joined)) end
return {'new', states}
"""
)

# ARGV request: {run, version, record, state, progress, kept, unsorted, sorted: {key: score}, unset, sets, uses}
CHANGE = """
local wanted = cjson.decode(ARGV[1])
local run = 'artdag:run:' .. wanted.run
if redis.call('HGET', run, 'version') ~= wanted.version then return 0 end
redis.call('HINCRBY', run, 'version', 1)
redis.call('HSET', run, 'record', wanted.record, 'state', wanted.state)
if wanted.progress then redis.call('HSET', run, 'progress', wanted.progress, 'fraction', wanted.fraction) end
if wanted.kept then redis.call('HSET', run, 'kept', wanted.kept) end
if wanted.stages_text then redis.call('HSET', run, 'stages', wanted.stages_text) end
for _, key in ipairs(wanted.unsorted) do redis.call('ZREM', key, wanted.run) end
for key, score in pairs(wanted.sorted) do redis.call('ZADD', key, score, wanted.run) end
if wanted.closes and redis.call('SREM', 'artdag:runs:open', wanted.run) == 1 then
  redis.call('ZADD', 'artdag:runs:ended', redis.call('TIME')[1] * 1000, wanted.run)
end
for _, digest in ipairs(wanted.uses) do redis.call('SADD', 'artdag:uses:' .. digest, wanted.run) end
return 1
"""

# ARGV run, progress, fraction. The share that is done never falls, and a final run changes no more.
PROGRESS = """
local run = 'artdag:run:' .. ARGV[1]
local known = redis.call('HMGET', run, 'state', 'fraction')
if known[1] ~= 'pending' and known[1] ~= 'running' then return 0 end
if tonumber(ARGV[3]) < tonumber(known[2]) then return 0 end
redis.call('HSET', run, 'progress', ARGV[2], 'fraction', ARGV[3])
return 1
"""

# ARGV request: {run, version, sorted, uses}
DELETE = """
local wanted = cjson.decode(ARGV[1])
local run = 'artdag:run:' .. wanted.run
local known = redis.call('HMGET', run, 'version', 'state')
if known[1] ~= wanted.version then return 'changed' end
if known[2] == 'pending' or known[2] == 'running' then return 'active' end
redis.call('DEL', run)
for _, key in ipairs(wanted.sorted) do redis.call('ZREM', key, wanted.run) end
redis.call('ZREM', 'artdag:runs:due', wanted.run)
redis.call('ZREM', 'artdag:runs:ended', wanted.run)
for _, digest in ipairs(wanted.uses) do redis.call('SREM', 'artdag:uses:' .. digest, wanted.run) end
return 'gone'
"""

# ARGV digest, seconds. Empty where the mark stands now; else the runs that use the bytes.
MARK_DELETING = """
local runs = redis.call('SMEMBERS', 'artdag:uses:' .. ARGV[1])
if #runs == 0 then redis.call('SET', 'artdag:deleting:' .. ARGV[1], 1, 'EX', ARGV[2]) end
return runs
"""
