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
