// What the bundle of the auth service has of rate-limiter-flexible, whose index loads a limiter for each of a dozen stores.
export { default as RateLimiterPostgres } from 'rate-limiter-flexible/lib/RateLimiterPostgres.js'
export { default as RateLimiterRes } from 'rate-limiter-flexible/lib/RateLimiterRes.js'
export { default as RateLimiterSQLite } from 'rate-limiter-flexible/lib/RateLimiterSQLite.js'
