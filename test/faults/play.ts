import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Twenty-five tasks with every kind of step; `main` is changed, `helper` is what one of them is delegated to. What may not
 * happen twice writes a line to a file: two of them would be seen in the tree.
 */
const playbook = `
- name: Everything that can be lost
  hosts: main
  become: true
  handlers:
    - name: restart the service
      service: { name: faults, state: restarted }
    - name: note that it was handled
      shell: echo handled >/srv/app/handled
      undo: rm -f /srv/app/handled
  tasks:
    - name: 1 a folder
      file: { path: /srv/app/etc, state: directory, mode: "0750" }
    - name: 2 a file of text
      copy: { dest: /srv/app/etc/app.conf, content: "port = 8080\\n", mode: "0640" }
      notify: [restart the service, note that it was handled]
    - name: 3 a large file
      copy: { src: large.bin, dest: /srv/app/large.bin, mode: "0600" }
    - name: 4 a template instead of a file
      template: { src: site.conf.hbs, dest: /srv/app/site.conf }
    - name: 5 a line in a file of the system
      lineinfile: { path: /etc/hosts, line: "192.0.2.1 elsewhere" }
    - name: 6 a block
      blockinfile: { path: /srv/app/old.conf, marker: "# {mark} faults", block: "a = 1\\nb = 2\\n" }
    - name: 7 a link
      file: { path: /srv/app/current, src: tree, state: link, force: true }
    - name: 8 a tree less
      file: { path: /srv/app/stale, state: absent }
    - name: 9 rights of a tree
      file: { path: /srv/app/tree, recurse: true, mode: "u=rwX,g=rX,o=", owner: ops }
    - name: 10 rights of a file
      file: { path: /etc/issue, mode: "0600" }
    - name: 11 an account
      user: { name: faults, system: true, create_home: false }
    - name: 12 a package
      package: { name: rsync, install_recommends: false }
    - name: 13 a unit
      copy:
        dest: /etc/systemd/system/faults.service
        content: "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n"
      notify: restart the service
    - name: 14 a service
      service: { name: faults, state: started, enabled: true }
    - name: 15 a command that may not run twice
      shell: "echo once >>/srv/app/once; sync /srv/app/once"
      undo: rm -f /srv/app/once
      when: "!first.stat.exists"
    - name: 16 a command that looks first
      shell: "echo made >/srv/app/made; sync /srv/app/made"
      args: { creates: /srv/app/made }
      undo: rm -f /srv/app/made
    - name: 17 an archive
      unarchive: { src: archive.tgz, dest: /srv/app, creates: /srv/app/inner/file }
    - name: 18 a job
      cron: { name: faults, job: /bin/true, special_time: daily, cron_file: faults, user: root }
    - name: 19 as another user
      copy: { dest: /home/ops/note, content: "mine\\n" }
      become_user: ops
    - name: 20 on another host
      copy: { dest: /etc/told, content: "told\\n" }
      delegate_to: helper
    - name: 21 a loop
      copy: { dest: "/srv/app/etc/{{ item }}", content: "{{ item }}\\n" }
      loop: [one, two]
    - name: 22 a block that fails
      block:
        - name: 22 a failure
          command: "false"
          undo: "true"
      rescue:
        - name: 22 a rescue
          copy: { dest: /srv/app/rescued, content: "{{ ansible_failed_task.name }}\\n" }
    - name: 23 what is registered
      command: cat /srv/app/etc/app.conf
      register: conf
      changed_when: false
    - name: 24 what rests on it
      copy: { dest: /srv/app/copy.conf, content: "{{ conf.stdout }} # seen\\n" }
      when: conf.stdout.contains("8080")
    - name: 25 once for all
      lineinfile: { path: /srv/app/old.conf, line: "c = 3" }
      run_once: true
`.replace(
  '  tasks:\n',
  '  pre_tasks:\n    - name: 0 has it been done?\n      stat: { path: /srv/app/once }\n      register: first\n  tasks:\n',
);

/**
 * What stands on a node before the play, beside what Debian has; run as root on a node with /srv/app mounted. Of the packages
 * that rsync needs one stays to be brought with it: more of them cost every case time.
 */
export const planting = `set -e
cd /srv/app
rm -rf lost+found
mkdir -p tree/deep stale/deep
echo old >site.conf; chown ops:ops site.conf; chmod 640 site.conf
echo 'z = 0' >old.conf; chmod 604 old.conf
ln -sfn stale current
echo x >tree/x; echo y >tree/deep/y; chmod 755 tree/x; ln -sf x tree/link
echo s >stale/s; echo t >stale/deep/t; chown -R opspw stale/deep; chmod 4711 stale/s
apt-get -qq update
apt-get -qq -y install libidn2-0 </dev/null >/dev/null 2>&1`;

/** Writes the playbook and what it needs into the controller's folder. */
export function writePlay(folder: string): void {
  writeFileSync(join(folder, 'play.yaml'), playbook);
  writeFileSync(join(folder, 'site.conf.hbs'), 'host = {{ inventory_hostname }}\n');
  // Above the limit of what travels with a script: it goes ahead, through a channel of its own.
  writeFileSync(join(folder, 'large.bin'), Buffer.alloc(300_000, 'large\n'));
  mkdirSync(join(folder, 'inner'), { recursive: true });
  writeFileSync(join(folder, 'inner/file'), 'unpacked\n');
  spawnSync('tar', ['-czf', join(folder, 'archive.tgz'), '-C', folder, 'inner']);
}
