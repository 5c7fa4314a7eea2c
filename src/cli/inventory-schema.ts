import type { JsonSchema } from './json-schema.ts';

const text: JsonSchema = { type: 'string' };
const yesNo: JsonSchema = { anyOf: [{ type: 'boolean' }, text] };

/** Variables that say how a host is reached; every other name is a variable of the user's own. */
const connection: Readonly<Record<string, JsonSchema>> = {
  ansible_host: { ...text, description: 'Address or name to connect to; the name of the host when it is left out.' },
  ansible_port: { anyOf: [{ type: 'integer' }, text], description: 'Port of sshd.' },
  ansible_user: { ...text, description: 'User to log in as.' },
  ansible_password: { ...text, description: 'Password for the login.' },
  ansible_private_key_file: { ...text, description: 'Key for the login.' },
  ansible_connection: {
    enum: ['ssh', 'ssh2', 'openssh', 'local'],
    description: "How to get there: our own SSH client, the system's `ssh`, or no connection at all.",
  },
  ansible_ssh_common_args: { ...text, description: "Extra words for the system's `ssh`." },
  ansible_host_key_checking: { ...yesNo, description: 'False accepts any host key.' },
  k3sbox_relay: { ...text, description: 'Hosts with the same name here fetch large files from each other.' },
  k3sbox_relay_address: { ...text, description: 'The address at which others fetch from it; ansible_host otherwise.' },
  ansible_become: { ...yesNo, description: 'Become another user for every task.' },
  ansible_become_user: { ...text, description: 'The user to become.' },
  ansible_become_password: { ...text, description: 'Password for sudo.' },
};

/** The JSON Schema of a YAML inventory, for editors. */
export function inventorySchema(): JsonSchema {
  const variables: JsonSchema = { type: 'object', properties: connection };
  const groups: JsonSchema = { type: 'object', additionalProperties: { $ref: '#/definitions/group' } };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'k3sbox inventory',
    ...groups,
    definitions: {
      group: orNothing({
        type: 'object',
        properties: {
          hosts: {
            ...orNothing({ type: 'object', additionalProperties: orNothing(variables) }),
            description: 'Hosts by name, each with its variables; `web[01:20]` is twenty of them.',
          },
          vars: { ...orNothing(variables), description: 'Variables of all its hosts.' },
          children: { ...orNothing(groups), description: 'Groups that belong to it.' },
        },
        additionalProperties: false,
      }),
    },
  };
}

function orNothing(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}
