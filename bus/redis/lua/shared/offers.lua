-- USES changes

local function keepOffer(record)
  redis.call('HSET', KEY.offers, record.offerId, cjson.encode(record))
  changed('o:' .. record.offerId)
end

local function dropOffer(record)
  redis.call('HDEL', KEY.offers, record.offerId)
  changed('o:' .. record.offerId)
end
