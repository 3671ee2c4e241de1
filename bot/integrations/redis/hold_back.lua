-- Makes the lists as the pauses want them, in one step; docs/platform.md has the contract.
-- KEYS: the set of what is held back, the mark of the state it shows
-- ARGV: the mark of this state, what is held back, the names of all queues (both JSON)
-- A list's left end is its youngest job; workers take from its right end.
local set, mark = KEYS[1], KEYS[2]
if tonumber(ARGV[1]) <= tonumber(redis.call('GET', mark) or '0') then
  return 0 -- something newer is in force already
end

local held_back, members, queues = {}, cjson.decode(ARGV[2]), cjson.decode(ARGV[3])
for _, member in ipairs(members) do held_back[member] = true end

local function is_held_back(queue, job)
  local readable, fields = pcall(cjson.decode, job)
  local tenant = readable and type(fields) == 'table' and fields.tenant_id
  if type(tenant) ~= 'string' then return false end
  return held_back['tenant:' .. tenant] or held_back['tenant:' .. tenant .. '/' .. queue] or false
end

local function staged(key, jobs) -- beside the list it becomes: whatever fails before the end, no job is lost
  redis.call('DEL', key .. ':new')
  for first = 1, #jobs, 1000 do
    redis.call('RPUSH', key .. ':new', unpack(jobs, first, math.min(first + 999, #jobs)))
  end
end

local function becomes(key, jobs)
  if #jobs > 0 then redis.call('RENAME', key .. ':new', key) else redis.call('DEL', key) end
end

local function put_aside(list, aside)
  if redis.call('EXISTS', aside) == 0 then
    if redis.call('EXISTS', list) == 1 then redis.call('RENAME', list, aside) end
    return
  end
  while redis.call('RPOPLPUSH', list, aside) do end -- what came in since is younger
end

local function sort(queue, list, aside)
  local run, wait, moved = {}, {}, false
  for _, job in ipairs(redis.call('LRANGE', list, 0, -1)) do
    local held = is_held_back(queue, job)
    table.insert(held and wait or run, job)
    moved = moved or held
  end
  for _, job in ipairs(redis.call('LRANGE', aside, 0, -1)) do
    local held = is_held_back(queue, job)
    table.insert(held and wait or run, job)
    moved = moved or not held
  end
  if not moved then return end
  staged(list, run)
  staged(aside, wait)
  becomes(list, run)
  becomes(aside, wait)
end

-- As many jobs as came in since the list was last looked at; all of them if the youngest of that time is gone. Jobs
-- have ids, so no two are alike.
local function unseen(list, youngest)
  local number = 0
  repeat
    local jobs = redis.call('LRANGE', list, number, number + 999)
    for _, job in ipairs(jobs) do
      if job == youngest then return number end
      number = number + 1
    end
  until #jobs < 1000
  return number
end

local function sort_what_came(queue, list, aside, youngest)
  local number = unseen(list, youngest)
  local jobs, last = redis.call('LRANGE', list, 0, number - 1), number
  if number == 0 then return end
  for place = number, 1, -1 do -- what is put aside is written to its place before it is written over
    if is_held_back(queue, jobs[place]) then
      redis.call('LPUSH', aside, jobs[place])
    else
      if last ~= place then redis.call('LSET', list, last - 1, jobs[place]) end
      last = last - 1
    end
  end
  if last > 0 then redis.call('LTRIM', list, last, -1) end
end

local changed = redis.call('SCARD', set) ~= #members
for _, member in ipairs(members) do changed = changed or redis.call('SISMEMBER', set, member) == 0 end

local tenants = false
for member in pairs(held_back) do tenants = tenants or string.sub(member, 1, 7) == 'tenant:' end
for _, queue in ipairs(queues) do
  local list, aside = 'queue:' .. queue, 'paused:queue:' .. queue
  local seen = aside .. ':seen' -- the youngest job of the list when it was last looked at
  if held_back['queue:*'] or held_back[list] then
    put_aside(list, aside)
  elseif changed or not tenants and redis.call('EXISTS', aside) == 1 then
    sort(queue, list, aside)
  elseif tenants then
    sort_what_came(queue, list, aside, redis.call('GET', seen))
  end
  local youngest = tenants and redis.call('LINDEX', list, 0)
  if youngest then redis.call('SET', seen, youngest) else redis.call('DEL', seen) end
end

if changed then
  redis.call('DEL', set)
  for _, member in ipairs(members) do redis.call('SADD', set, member) end
  redis.call('PUBLISH', set, ARGV[2])
end
redis.call('SET', mark, ARGV[1])
return 1
