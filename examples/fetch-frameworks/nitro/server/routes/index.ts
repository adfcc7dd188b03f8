import { defineHandler } from 'nitro/h3'
import { page, START } from '../page.ts'

export default defineHandler(({ context }) => page(context.user, START))
