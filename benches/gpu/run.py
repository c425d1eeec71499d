#!/usr/bin/env python3
"""Times pages that offer `window.bench` (see public/bench.js) in one headless Chromium on this machine's GPU, in turn, and prints a table.

    run.py --page ours-webgpu=dist/bench.html?backend=webgpu [--page NAME=FOLDER/FILE?QUERY …] [options]

Needs nothing but Python and Chromium: the browser is driven through a pair of pipes. Each round runs a workload on every page, the order
turning round from one round to the next. Reported are medians over rounds, with the smallest and the largest, and how many times faster the first page is
than the best of the others. `tools/gpu-bench.sh` names the page and its peers, and builds those.

Workloads are those of ../peers/README.md but W1. Rows of int8 and int4 are models that the page's engine on the CPU made small; a page without them is left out there.
"""
import argparse, functools, http.server, json, os, pathlib, statistics, subprocess, sys, tempfile, threading, time

FLAGS = ["--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-quic", "--remote-debugging-pipe", "--enable-unsafe-webgpu"]
HARDWARE = ["--enable-features=Vulkan", "--use-angle=vulkan", "--use-vulkan=native", "--disable-vulkan-surface", "--ignore-gpu-blocklist"]
SOFTWARE = ["--use-webgpu-adapter=swiftshader"]
INFERENCE = [f"W4-{model}-b{batch}{form}" for model in ("mlp", "cnn") for batch in (1, 256) for form in ("", "-int8", "-int4")]
WORKLOADS = ",".join(["W2-b32", "W2-b128", "W3", *INFERENCE, "W5"])
LIMIT_S = 120  # one measurement


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, isolated from other origins."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript", ".wasm": "application/wasm"}

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_):
        pass


def serve(folder):
    """An address under which the files of `folder` are served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


class Browser:
    """Chromium, spoken to in messages that end with a zero byte: it reads them from its descriptor 3 and writes to 4."""

    def __init__(self, program, flags, libraries):
        commands, self.write = os.pipe()
        self.read, answers = os.pipe()
        script = 'exec 3<&%d 4>&%d; exec "$0" "$@"' % (commands, answers)
        environment = dict(os.environ, HOME=tempfile.mkdtemp())
        if libraries:
            environment["LD_LIBRARY_PATH"] = f"{libraries}:{os.environ.get('LD_LIBRARY_PATH', '')}"
        self.process = subprocess.Popen(["bash", "-c", script, program, *flags, f"--user-data-dir={tempfile.mkdtemp()}", "about:blank"],
                                        pass_fds=(commands, answers), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands), os.close(answers)
        self.count, self.buffer = 0, b""

    def call(self, method, session=None, **params):
        self.count += 1
        message = {"id": self.count, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def next(self):
        while b"\0" not in self.buffer:
            part = os.read(self.read, 1 << 16)
            if not part:
                raise RuntimeError("Chromium ended")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, url):
        """A page of its own; gives its session."""
        target = self.call("Target.createTarget", url=url)["targetId"]
        return target, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def wait(self, session):
        """What the page says of itself, once it is ready."""
        for _ in range(10 * LIMIT_S):
            try:
                about = self.evaluate(session, "window.bench && { workloads: bench.workloads, info: bench.info?.() }")
            except RuntimeError:  # between two documents
                about = None
            if about:
                return about
            time.sleep(0.1)
        return {"error": "the page did not get ready"}

    def evaluate(self, session, expression):
        answer = self.call("Runtime.evaluate", session, expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            return {"error": answer["exceptionDetails"].get("exception", {}).get("description", answer["exceptionDetails"]["text"])}
        return answer["result"].get("value")


def limited(expression):
    """`expression` as a promise that gives up after a while."""
    return f"Promise.race([Promise.resolve().then(() => ({expression})), new Promise((_, no) => setTimeout(() => no(new Error('too slow')), {1000 * LIMIT_S}))])"


def figure(result):
    """A result as a number, and its unit."""
    for key, unit, scale in (("gflops", "GFLOP/s", 1), ("samplesPerSec", "samples/s", 1)):
        if result and key in result:
            return (result["latencyMs"], "ms") if "latencyMs" in result and result.get("single") else (scale * result[key], unit)
    return (result["latencyMs"], "ms") if result and "latencyMs" in result else (None, "")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--page", action="append", required=True)
    options.add_argument("--chromium", default=os.environ.get("CHROMIUM", "chromium"))
    options.add_argument("--libraries", default="", help="folder of libraries that a bundled Chromium needs")
    options.add_argument("--workloads", default=WORKLOADS)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=1.0)
    options.add_argument("--warm", type=float, default=0.5)
    options.add_argument("--software", action="store_true", help="Chromium's software GPU: for trying this script")
    options.add_argument("--eval", action="append", default=[], help="also evaluate NAME:EXPRESSION and print what it gives")
    options.add_argument("--out", default="", help="folder for results.json and results.md")
    options = options.parse_args()

    browser = Browser(options.chromium, FLAGS + (SOFTWARE if options.software else HARDWARE), options.libraries)
    pages, results = {}, {}
    for page in options.page:
        name, _, place = page.partition("=")
        path, _, query = place.partition("?")
        path = pathlib.Path(path).resolve()
        target, session = browser.open(f"{serve(path.parent)}/{path.name}?{query}")
        about = browser.wait(session)
        adapter = browser.evaluate(session, "navigator.gpu?.requestAdapter().then((a) => a && `${a.info.vendor} ${a.info.architecture} ${a.info.description}`)")
        print(name, about, adapter, flush=True)
        if about and "error" not in about:
            pages[name] = (target, session, about.get("workloads"))

    wanted = [id for id in options.workloads.split(",") if id]
    for id in wanted:
        for name, (target, session, offered) in pages.items():
            if offered is None or id in offered:
                browser.call("Target.activateTarget", targetId=target)
                check = browser.evaluate(session, limited(f"bench.run('{id}', {{ check: true, checkChunks: 2 }})"))
                print(f"{id} {name} check {json.dumps(check)[:300]}", flush=True)
                results.setdefault(id, {})[name] = {"check": check, "runs": []}
        for turn in range(options.rounds):
            names = list(results.get(id, {}))
            for name in names if turn % 2 == 0 else names[::-1]:
                target, session, _ = pages[name]
                browser.call("Target.activateTarget", targetId=target)
                result = browser.evaluate(session, limited(f"bench.run('{id}', {{ seconds: {options.seconds}, warmSeconds: {options.warm} }})"))
                if isinstance(result, dict) and "b1" in id.split("-"):
                    result["single"] = True
                results[id][name]["runs"].append(result)
                print(f"{id} {name} {json.dumps(result)[:300]}", flush=True)
    for line in options.eval:
        name, _, expression = line.partition(":")
        if name in pages:
            browser.call("Target.activateTarget", targetId=pages[name][0])
            print(name, json.dumps(browser.evaluate(pages[name][1], limited(expression))), flush=True)
    browser.process.kill()
    browser.process.wait()
    report(results, list(pages), options.out)


def report(results, names, out):
    lines = ["| workload | " + " | ".join(names) + " | times faster |", "|---|" + "---:|" * (len(names) + 1)]
    for id, by_name in results.items():
        cells, medians = [], {}
        for name in names:
            numbers = [figure(run) for run in by_name.get(name, {}).get("runs", []) if isinstance(run, dict)]
            values = [value for value, _ in numbers if value is not None]
            if values:
                unit = next(unit for value, unit in numbers if value is not None)
                # Fewer milliseconds are better.
                medians[name] = statistics.median(values) if unit != "ms" else 1 / statistics.median(values)
                shown = [f"{v:.3g}" if v < 100 else f"{v:,.0f}" for v in (statistics.median(values), min(values), max(values))]
                cells.append(f"{shown[0]} {unit} ({shown[1]} to {shown[2]})")
            else:
                cells.append("")
        others = [value for name, value in medians.items() if name != names[0]]
        cells.append(f"{medians[names[0]] / max(others):.2f}×" if others and names[0] in medians else "")
        lines.append(f"| {id} | " + " | ".join(cells) + " |")
    print("\n".join(lines))
    if out:
        folder = pathlib.Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(json.dumps(results, indent=1))
        (folder / "results.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
