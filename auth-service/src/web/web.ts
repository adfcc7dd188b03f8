import type { Service } from '../service.ts'
import { otherUserPage } from './components/other-user.tsx'
import { createFormCarrier, type FormCarrier } from './forms/carried-form.ts'
import { createFormPages, type FormPages } from './forms/form-page.ts'
import { createForms, type Forms } from './forms/submission.ts'
import { redirectLoopPage } from './pages/redirect-loop-page.tsx'
import { createSignIn, type SignIn } from './sign-in/complete.ts'
import { createRedirectLoops, type RedirectLoops } from './sign-in/redirect-loop.ts'
import { createReturnUrls, type ReturnUrls } from './sign-in/return-url.ts'

/** The service, and what its pages share. */
export interface Web extends Service {
  readonly forms: Forms
  readonly formPage: FormPages
  readonly formCarrier: FormCarrier
  readonly returnUrls: ReturnUrls
  readonly redirectLoops: RedirectLoops
  readonly signIn: SignIn
  /** The page for a browser in which another user is signed in. */
  readonly otherUser: ReturnType<typeof otherUserPage>
}

/** Creates what the pages share, once. */
export function createWeb(service: Service): Web {
  const { config } = service
  const forms = createForms(config)
  const returnUrls = createReturnUrls(service)
  const redirectLoops = createRedirectLoops(service)
  return {
    ...service,
    forms,
    formPage: createFormPages(forms),
    formCarrier: createFormCarrier(config),
    returnUrls,
    redirectLoops,
    signIn: createSignIn(service, {
      returnUrls,
      redirectLoops,
      showLoop: (c, next, loop) => redirectLoopPage(c, config, next, loop),
    }),
    otherUser: otherUserPage({ config, returnUrls }),
  }
}
