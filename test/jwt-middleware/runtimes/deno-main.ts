import { createApp } from './cases-app.ts'

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  serve(
    options: { port: number; hostname: string; onListen(address: { port: number }): void },
    handler: (request: Request) => Promise<Response>,
  ): unknown
}

const { fetch } = createApp(JSON.parse(Deno.env.get('OPTIONS') ?? '{}'))
Deno.serve(
  { port: 0, hostname: '127.0.0.1', onListen: ({ port }) => console.log(`listening on ${port}`) },
  fetch,
)
