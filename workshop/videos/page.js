// What the player asks of JupyterLab's page, beside the keys it presses: where a cell is and how it is, a page that
// scrolls as a hand would scroll it, and a mouse pointer, which a screen without a mouse does not draw.
(() => {
  const EDGE = 16; // CSS pixels that stay free above and below

  const panel = () => window.jupyterapp?.shell.currentWidget;
  const notebook = () => panel().content;
  const view = () => notebook().node.querySelector(".jp-WindowedPanel-outer") ?? notebook().node;
  const cell = (index) => notebook().widgets[index];

  const box = (first, last = first) => {
    const origin = view().getBoundingClientRect();
    const top = cell(first).node.getBoundingClientRect().top - origin.top;
    const bottom = cell(last).node.getBoundingClientRect().bottom - origin.top;
    return { top, bottom, height: bottom - top, room: origin.height };
  };

  const slide = async (distance, milliseconds) => {
    const element = view();
    const from = element.scrollTop;
    if (Math.abs(distance) < 2) return;
    const started = performance.now();
    for (;;) {
      const share = Math.min(1, (performance.now() - started) / milliseconds);
      element.scrollTop = from + distance * (share * share * (3 - 2 * share));
      if (share === 1) return;
      await new Promise(requestAnimationFrame);
    }
  };

  // The SVG of a board is an image, and its text is in the image's address.
  const drawn = (node) =>
    [...node.querySelectorAll(".jp-RenderedSVG img")].map((image) => decodeURIComponent(image.src));
  const said = (node) => {
    const labels = drawn(node).map((source) => /aria-label="([^"]*)"/.exec(source)?.[1] ?? "");
    return [node.innerText, ...labels].join("\n");
  };

  const pointer = document.createElement("div");
  pointer.style.cssText = "position:fixed;left:0;top:0;z-index:99999;pointer-events:none;display:none";
  const style = document.createElement("style");
  style.textContent =
    // A board whole, with the line that shows it: as wide as the window, it would be higher than that.
    ".jp-RenderedSVG img { max-height: calc(100vh - 170px); width: auto !important }" +
    // What shows itself below a mouse that nobody sees.
    ".jp-InternalAnchorLink, .jp-cell-toolbar { display: none !important }";
  pointer.innerHTML =
    '<svg width="30" height="40" viewBox="0 0 15 20"><path d="M1 1v15l4-3.6 2.3 5.3 2.4-1-2.3-5.3h5.4z" ' +
    'fill="#1e1e2e" stroke="#fff" stroke-width="1.2"/></svg>';

  window.talk = {
    // Until the notebook is on the page and its kernel idle, keys go nowhere.
    ready: () => {
      const current = panel();
      return Boolean(
        current?.context?.isReady &&
          current.content.widgets.length &&
          current.sessionContext.session?.kernel?.status === "idle",
      );
    },

    begin: async () => {
      // What a room does not need: the file's name above the menu, both sidebars, the status bar.
      const { commands } = window.jupyterapp;
      await commands.execute("application:toggle-header");
      await commands.execute("application:toggle-side-tabbar", { side: "left" });
      await commands.execute("application:toggle-side-tabbar", { side: "right" });
      await commands.execute("statusbar:toggle");
      document.head.append(style);
      document.body.append(pointer);
      document.addEventListener("mousemove", (event) => {
        pointer.style.display = "";
        pointer.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
      });
      document.addEventListener("mouseup", () => setTimeout(() => (pointer.style.display = "none"), 1500));
      // Where the page stands is decided here alone: by itself it would jump to the next cell.
      notebook().scrollToItem = () => Promise.resolve();
      notebook().scrollToCell = () => Promise.resolve();
      window.talk.select(0);
      view().scrollTop = 0;
    },

    // Shift+Enter has chosen it already, unless somebody has clicked elsewhere.
    select: (index) => {
      notebook().activeCellIndex = index;
      notebook().mode = "command";
      notebook().node.focus({ preventScroll: true });
    },

    active: () => notebook().activeCellIndex,

    // The cells from first to last, with room below for what the last one will print. Nothing moves that need not.
    show: async (first, last, below, milliseconds) => {
      const { top, bottom, room } = box(first, last);
      if (top >= 0 && bottom + below <= room) return;
      await slide(top - EDGE, milliseconds);
    },

    // The cell whole, in the middle; its end, where it is larger than the window.
    center: async (index, milliseconds) => {
      const { top, bottom, height, room } = box(index);
      await slide(height + 2 * EDGE > room ? bottom - room + EDGE : top - (room - height) / 2, milliseconds);
    },

    // The end of the cell, as a terminal follows what is printed.
    follow: async (index, milliseconds) => {
      const { top, bottom, room } = box(index);
      if (bottom > room - EDGE) await slide(bottom - room + EDGE, milliseconds);
      else if (top < 0) await slide(Math.max(top - EDGE, bottom - room + EDGE), milliseconds);
    },

    state: (index) => {
      const { node, model } = cell(index);
      const outputs = model.outputs.toJSON();
      const error = outputs.find((output) => output.output_type === "error");
      const text = outputs.map((output) => [].concat(output.text ?? "").join("")).join("");
      return {
        done: model.executionCount !== null && !node.querySelector(".jp-InputPrompt")?.textContent.includes("*"),
        error: error ? [error.evalue, ...error.traceback].join("\n") : "",
        lines: text ? text.trimEnd().split("\n").length : 0,
        last: text.trimEnd().split("\n").slice(-6).join("\n"),
        pictures: node.querySelectorAll(".jp-RenderedSVG").length,
      };
    },

    // What stands in the window, of cells that are seen for the most part.
    seen: () =>
      notebook()
        .widgets.filter((_, index) => {
          if (!notebook().widgets[index].node.isConnected) return false;
          const { top, bottom, height, room } = box(index);
          return Math.min(bottom, room) - Math.max(top, 0) >= 0.6 * Math.min(height, room);
        })
        .map(({ node }) => said(node))
        .join("\n"),
  };
})();
