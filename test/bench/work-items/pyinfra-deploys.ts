import { treeFolder } from '../bench-host.ts';
import { w2 } from './w2.ts';
import { w3 } from './w3.ts';
import { w4Dest } from './w4.ts';

/** W2 in pyinfra's own words. @param templates the folder of the templates */
export function w2Deploy(templates: string): string {
  // JSON without null and booleans is Python
  return `from io import StringIO
from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import files, server

tree = "${treeFolder}/"
for path in ${JSON.stringify(w2.folders)}:
    files.directory(name="folder " + path, path=tree + path, mode="755")
for file in ${JSON.stringify(w2.files)}:
    files.put(name="file " + file["path"], src=StringIO(file["text"]), dest=tree + file["path"], mode="644")
variables = {name: host.data.get(name) for name in ("n", "node_ip", "role")}
for template in ${JSON.stringify(w2.templates.map(({ path, source }) => ({ path, source })))}:
    files.template(name="template " + template["path"], src="${templates}/" + template["source"], dest=tree + template["path"], mode="644", **variables)
for line in ${JSON.stringify(w2.lines)}:
    files.line(name="line " + line["line"], path=tree + line["path"], line=line["regexp"] + ".*", replace=line["line"])
for make in ${JSON.stringify(w2.commands)}:
    server.shell(
        name="make " + make["creates"],
        commands=["cd " + tree + " && " + make["command"]],
        _if=[lambda path=tree + make["creates"]: host.get_fact(File, path=path) is None],
    )
files.link(
    name="link",
    path=tree + "${w2.link.path}",
    target=tree + "${w2.link.target}",
    _if=[lambda: host.get_fact(File, path=tree + "${w2.stat}") is not None],
)
`;
}

export function w3Deploy(src: string): string {
  return `from pyinfra.operations import files

files.put(name="blob", src="${src}", dest="${w3.dest}", mode="644")
`;
}

export function w4Deploy(src: string): string {
  return `from pyinfra.operations import files

files.sync(name="many", src="${src}", dest="${w4Dest}", mode="644", dir_mode="755")
`;
}
