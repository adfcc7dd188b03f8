import { createApp } from './cases-app.ts'

interface Bindings {
  readonly OPTIONS: string
}

/** At the first request, since bindings come with it. */
let app: ReturnType<typeof createApp> | undefined

export default {
  fetch(request: Request, { OPTIONS }: Bindings): Promise<Response> {
    app ??= createApp(JSON.parse(OPTIONS))
    return app.fetch(request)
  },
}
