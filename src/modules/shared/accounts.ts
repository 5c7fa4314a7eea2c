import { z } from 'zod';

/** A name that useradd and groupadd take. */
export const accountName = z
  .string()
  .regex(/^[A-Za-z_][\w.-]*\$?$/, 'must be a name: letters, digits, and _ . - inside');

/** What useradd, usermod, userdel and their like for groups write; saved where there is no natural inverse. */
export const accountFiles = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/group',
  '/etc/gshadow',
  '/etc/subuid',
  '/etc/subgid',
] as const;
