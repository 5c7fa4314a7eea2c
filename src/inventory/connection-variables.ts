/** Variables that say how a host is reached, each with the names it goes by, the first that is set winning. */
export const connectionVariables = {
  address: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  password: ['ansible_password', 'ansible_ssh_password', 'ansible_ssh_pass'],
  privateKeyFile: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  privateKeyPassphrase: ['ansible_private_key_passphrase', 'ansible_ssh_private_key_passphrase'],
  transport: ['ansible_connection'],
  hostKeyPolicy: ['k3sbox_host_key_policy'],
  hostKeyChecking: ['ansible_host_key_checking', 'ansible_ssh_host_key_checking'],
  knownHostsFiles: ['k3sbox_known_hosts_files', 'k3sbox_known_hosts_file'],
  pinnedHostKeys: ['k3sbox_host_keys', 'k3sbox_host_key'],
  proxyJump: ['k3sbox_proxy_jump'],
  useSshConfig: ['k3sbox_use_ssh_config'],
  stateFolder: ['k3sbox_state_folder'],
  relay: ['k3sbox_relay'],
  relayAddress: ['k3sbox_relay_address'],
  keepRuns: ['k3sbox_keep_runs'],
  commonArgs: ['ansible_ssh_common_args'],
  extraArgs: ['ansible_ssh_extra_args'],
  sshArgs: ['ansible_ssh_args'],
  timeout: ['ansible_ssh_timeout', 'ansible_timeout'],
  become: ['ansible_become'],
  becomeMethod: ['ansible_become_method'],
  becomeUser: ['ansible_become_user'],
  becomePassword: ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'],
  becomeExe: ['ansible_become_exe', 'ansible_sudo_exe'],
} as const satisfies Record<string, readonly string[]>;

export type ConnectionVariable = keyof typeof connectionVariables;

/** Variables of Ansible's that mean nothing here, and may stay. */
const withoutMeaning = [
  'ansible_python_interpreter ansible_shell_type ansible_shell_executable ansible_remote_tmp ansible_async_dir',
  'ansible_pipelining ansible_ssh_pipelining ansible_ssh_retries ansible_ssh_executable ansible_ssh_transfer_method',
  'ansible_ssh_use_tty ansible_scp_extra_args ansible_sftp_extra_args ansible_scp_if_ssh ansible_control_path',
  'ansible_control_path_dir ansible_ssh_control_path ansible_ssh_control_path_dir ansible_ssh_common_args_extra',
  'ansible_become_flags ansible_group_priority ansible_managed ansible_facts_parallel ansible_keep_remote_files',
  'ansible_collection_name ansible_config_file ansible_limit ansible_inventory_sources',
]
  .join(' ')
  .split(' ');

/** Every `ansible_` and `k3sbox_` name that is known in an inventory. */
export const knownVariables: ReadonlySet<string> = new Set([
  ...Object.values(connectionVariables).flat(),
  ...withoutMeaning,
]);
