/** What the administration's navigation leads to, in its order; admin.tsx mounts the pages. */
export const SECTIONS = [
  { path: '/admin', label: 'Dashboard' },
  { path: '/admin/people', label: 'People' },
  { path: '/admin/groups', label: 'Groups' },
  { path: '/admin/apps', label: 'Apps' },
  { path: '/admin/invitations', label: 'Invitations' },
  { path: '/admin/audit', label: 'Audit log' },
] as const

export type SectionPath = (typeof SECTIONS)[number]['path']
