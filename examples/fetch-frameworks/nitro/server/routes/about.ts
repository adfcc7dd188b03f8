import { defineHandler } from 'nitro/h3'
import { page } from '../page.ts'

export default defineHandler(({ context }) => page(context.user, '<h1>About</h1>'))
