// As the types of Bun say it: @types/bun brings all of them.
interface BunServer {
  readonly url: URL
  requestIP(request: Request): { address: string; family: 'IPv4' | 'IPv6'; port: number } | null
}
declare const Bun: {
  file(path: string): Blob
  serve(options: {
    port: number | string | undefined
    hostname?: string
    routes?: Record<string, Response>
    fetch(request: Request, server: BunServer): Response | Promise<Response>
  }): BunServer
}
