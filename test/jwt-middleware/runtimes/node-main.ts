import { serve } from '@hono/node-server'
import { createApp } from './cases-app.ts'

const { fetch } = createApp(JSON.parse(process.env.OPTIONS ?? '{}'))
serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log(`listening on ${port}`))
