import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/**
 * Where temporary files belong: in memory, if Linux has room there for four times these gigabytes, since thousands of
 * files cost a disk's file system more than those who write them.
 */
export function quickFolder(gigabytes: number): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    if (process.platform === 'linux' && bavail * bsize > 4 * gigabytes * 2 ** 30) return '/dev/shm'
  } catch {
    // The usual folder does as well.
  }
  return tmpdir()
}
