import type { States } from '../case.ts';

const wanted = String.raw`mkdir f; printf 'wanted\n' >f/t`;

/** What may stand at `@d/f/t`, where a file with the line "wanted" is to be. */
export const fileStates: States = {
  absent: 'mkdir f',
  'as wanted': wanted,
  'other content': String.raw`mkdir f; printf 'other\nlines = 1\n' >f/t`,
  'a line more': String.raw`mkdir f; printf 'before\nwanted\nafter\n' >f/t`,
  'the line twice': String.raw`mkdir f; printf 'wanted\nbetween\nwanted\n' >f/t`,
  'other mode': `${wanted}; chmod 600 f/t`,
  'other owner': `${wanted}; chown ops:ops f/t`,
  'set-id': `${wanted}; chown ops:ops f/t; chmod 6755 f/t`,
  'no rights': `${wanted}; chmod 0 f/t`,
  empty: 'mkdir f; : >f/t',
  'no newline at its end': 'mkdir f; printf wanted >f/t',
  'lines end as on Windows': String.raw`mkdir f; printf 'other\r\nwanted\r\n' >f/t`,
  'not text': String.raw`mkdir f; printf '\000\001\377wanted\n' >f/t`,
  large: 'mkdir f; seq -w 1 400 | sed "s/.*/&$(printf %01000d 0)/" >f/t',
  'an empty directory': 'mkdir f f/t',
  'a full directory': 'mkdir f f/t; echo x >f/t/x; chmod 700 f/t/x',
  'link to what is wanted': String.raw`mkdir f; printf 'wanted\n' >real; ln -s ../real f/t`,
  'link to another file': String.raw`mkdir f; printf 'other\n' >real; chmod 600 real; ln -s @d/real f/t`,
  'link of a link': String.raw`mkdir f; printf 'other\n' >real; ln -s real between; ln -s ../between f/t`,
  'dangling link': 'mkdir f; ln -s nowhere f/t',
  'link to a directory': 'mkdir f real; echo x >real/x; ln -s ../real f/t',
  'hard link': `${wanted}; ln f/t real`,
  pipe: 'mkdir f; mkfifo f/t',
  'no folder': ':',
  'the folder is a file': ': >f',
  'the folder is a link': String.raw`mkdir g; ln -s g f; printf 'other\n' >g/t`,
  'a name with blanks beside it': String.raw`mkdir f 'f/t t'; printf 'other\n' >f/t`,
};

/** A few that most modules tell apart. */
export const someFileStates: States = pick(
  'absent',
  'as wanted',
  'other content',
  'other mode',
  'a full directory',
  'link to another file',
  'dangling link',
  'no folder',
);

function pick(...names: readonly string[]): States {
  return Object.fromEntries(names.map((name) => [name, fileStates[name] ?? ':']));
}
