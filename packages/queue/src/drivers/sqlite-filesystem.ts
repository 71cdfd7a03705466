import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseUnusableError } from '../errors.ts'

/**
 * Filesystems that live on another machine, by what Linux answers as their type. The locks and the shared memory that a log
 * needs do not reach from one machine to the next, and a file that two of them write is damaged.
 */
const networkFilesystems: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2 and 3
  0x01021997, // 9P
  0x00c36400, // Ceph
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x5346414f, // AFS
  0x6b414653, // AFS of the kernel
  0x73757245, // Coda
  0x786f4256, // VirtualBox's shared folders
  0xbacbacbc, // VMware's
])

/** Throws `DatabaseUnusableError` when the file is, or would be, on a network filesystem. */
export function checkFilesystem(path: string): void {
  if (process.platform !== 'linux') return
  const { type } = statfsSync(existsSync(path) ? path : dirname(path))
  // Some builds of the system call answer the upper half as a negative number.
  if (networkFilesystems.has(type >>> 0)) throw new DatabaseUnusableError(path, 'network_filesystem')
}
