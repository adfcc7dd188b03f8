import { message } from '../../../platform/i18n/message.ts'

/** The administration's navigation, in order; routes.tsx mounts the pages. */
export const SECTIONS = [
  { path: '/admin', label: message('Dashboard') },
  { path: '/admin/people', label: message('People') },
  { path: '/admin/groups', label: message('Groups') },
  { path: '/admin/apps', label: message('Apps') },
  { path: '/admin/permissions', label: message('Permissions') },
  { path: '/admin/invitations', label: message('Invitations') },
  { path: '/admin/audit', label: message('Audit log') },
] as const

export type SectionPath = (typeof SECTIONS)[number]['path']
