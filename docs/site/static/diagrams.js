// Draws the diagrams again when the reader changes between light and dark.
const diagrams = [...document.querySelectorAll("pre.mermaid")];
const sources = diagrams.map((diagram) => diagram.textContent);

async function draw() {
  const theme = document.documentElement.dataset.theme === "dark" ? "dark" : "default";
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme });
  diagrams.forEach((diagram, index) => {
    diagram.removeAttribute("data-processed");
    diagram.textContent = sources[index];
  });
  await mermaid.run({ nodes: diagrams });
}

draw();
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
