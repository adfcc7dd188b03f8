import { defineHandler, HTTPError } from 'nitro/h3'

export default defineHandler((event) => {
  event.res.headers.set('x-own', '1')
  throw new HTTPError({ status: 418, message: 'refused by a route' })
})
