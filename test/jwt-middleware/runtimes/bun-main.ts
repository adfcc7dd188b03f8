import { createApp } from './cases-app.ts'

declare const Bun: {
  serve(options: { port: number; hostname: string; fetch: (request: Request) => Promise<Response> }): {
    port: number
  }
}

const { fetch } = createApp(JSON.parse(process.env.OPTIONS ?? '{}'))
console.log(`listening on ${Bun.serve({ port: 0, hostname: '127.0.0.1', fetch }).port}`)
