-- For wrk: each request brings the next line of the file named on the command line as its Cookie header.
local requests = {}
local next_request = 0

function init(args)
  for cookie in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { Cookie = cookie })
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end
