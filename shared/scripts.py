"""The changes of state that Redis makes as one, in Lua.

They use no command newer than Redis 6.2, and only keys of one slot. A message is the field `m`.
"""

SUBMIT = """
-- KEYS: once, stream...
-- ARGV: payload, limit, work streams, then per further stream: keep, expires_s (0 0: a work stream)
-- Publishes a message, unless this very publication (the key `once`) was made before. The first
-- `work streams` of the streams are only looked at: if one holds `limit` messages, nothing is
-- published and 0 returned, else 1.
if not redis.call('SET', KEYS[1], '', 'NX', 'EX', 60) then return 1 end
local first = 2 + tonumber(ARGV[3])
for i = 2, first - 1 do
  if redis.call('XLEN', KEYS[i]) >= tonumber(ARGV[2]) then
    redis.call('DEL', KEYS[1])
    return 0
  end
end
for i = first, #KEYS do
  local keep, expires = ARGV[4 + 2 * (i - first)], ARGV[5 + 2 * (i - first)]
  if keep == '0' then
    redis.call('XADD', KEYS[i], '*', 'm', ARGV[1])
  else
    redis.call('XADD', KEYS[i], 'MAXLEN', '~', keep, '*', 'm', ARGV[1])
    redis.call('EXPIRE', KEYS[i], expires)
  end
end
return 1
"""

DELIVER = """
-- KEYS: work stream, progress, dead, the results' streams...
-- ARGV: group, consumer, entry, position, done, reason, dead_keep, dead_expires_s,
--       then per result: payload, number of its streams, and of each: keep, expires_s (0 0: work)
-- Publishes results and records them as progress of their job; if `done`, acknowledges the job, and
-- with a `reason` files it as dead. Only for the worker that holds the lease: 0 for any other.
-- `position` counts the results before these: a command repeated for a lost answer does nothing.
local stream, progress = KEYS[1], KEYS[2]
local group, consumer, entry = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', stream) == 0 then return 0 end
if #redis.call('XPENDING', stream, group, entry, entry, 1, consumer) == 0 then return 0 end
if redis.call('LLEN', progress) > tonumber(ARGV[4]) then return 1 end
local key, argument = 4, 9
while ARGV[argument] do
  local payload, streams = ARGV[argument], tonumber(ARGV[argument + 1])
  argument = argument + 2
  for _ = 1, streams do
    local keep, expires = ARGV[argument], ARGV[argument + 1]
    if keep == '0' then
      redis.call('XADD', KEYS[key], '*', 'm', payload)
    else
      redis.call('XADD', KEYS[key], 'MAXLEN', '~', keep, '*', 'm', payload)
      redis.call('EXPIRE', KEYS[key], expires)
    end
    key, argument = key + 1, argument + 2
  end
  if ARGV[5] == '0' then redis.call('RPUSH', progress, payload) end
end
if ARGV[5] == '0' then
  redis.call('EXPIRE', progress, 600)
  return 1
end
if ARGV[6] ~= '' then
  local job = redis.call('XRANGE', stream, entry, entry)[1]
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[7], '*', 'reason', ARGV[6], 'stage', group,
    'entry', entry, 'm', job and job[2][2] or '')
  redis.call('EXPIRE', KEYS[3], ARGV[8])
end
redis.call('XACK', stream, group, entry)
redis.call('XDEL', stream, entry)
redis.call('DEL', progress)
return 1
"""

LEASE = """
-- KEYS: work stream   ARGV: group, consumer, idle_ms, entry...
-- Sets how long ago the consumer last showed that it works on these entries: 0 renews the lease,
-- more gives it up. Entries that it holds no longer are left alone, and returned.
local lost = {}
for i = 4, #ARGV do
  local held = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if #held == 0 then
    lost[#lost + 1] = ARGV[i]
  else
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', ARGV[3], 'JUSTID')
  end
end
return lost
"""

KEEP = """
-- KEYS: record, log
-- ARGV: fence, owner, digest, expires_s, content, forgotten, first, entry...
-- Keeps a record as its owner has it now. Entries, numbered from `first`, go behind the log unless
-- it has them; those up to `forgotten` leave it. An empty content leaves the one there is.
-- Returns 1, 0 if somebody else owns the record, -1 if there is none and its content is needed.
local fence = redis.call('HGET', KEYS[1], 'fence')
if fence and fence ~= ARGV[1] then return 0 end
if not fence then
  if ARGV[5] == '' then return -1 end
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'owner', ARGV[2], 'digest', ARGV[3],
    'last', ARGV[7] - 1)
end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'content', ARGV[5]) end
local last = tonumber(redis.call('HGET', KEYS[1], 'last'))
for i = 8, #ARGV do
  local number = tonumber(ARGV[7]) + i - 8
  if number > last then
    redis.call('RPUSH', KEYS[2], ARGV[i])
    last = number
  end
end
redis.call('HSET', KEYS[1], 'last', last)
local gone = tonumber(ARGV[6]) - (last - redis.call('LLEN', KEYS[2]))
if gone > 0 then redis.call('LTRIM', KEYS[2], gone, -1) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1
"""

CLAIM = """
-- KEYS: record, log   ARGV: digest, owner
-- Makes the owner the only one, whoever owned the record before. Returns that one, the new fence,
-- the content, the number of the newest entry and the log; nothing if there is no such record.
if redis.call('HGET', KEYS[1], 'digest') ~= ARGV[1] then return false end
local before = redis.call('HGET', KEYS[1], 'owner')
local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[2])
return {before, fence, redis.call('HGET', KEYS[1], 'content'),
  tonumber(redis.call('HGET', KEYS[1], 'last')), redis.call('LRANGE', KEYS[2], 0, -1)}
"""

REMOVE = """
-- KEYS: record, log   ARGV: fence
-- Removes a record unless somebody else owns it: then 0, else 1.
local fence = redis.call('HGET', KEYS[1], 'fence')
if fence and fence ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
"""
