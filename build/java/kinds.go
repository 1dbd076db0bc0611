package java

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// exploded is an archive that somebody unpacked: it stays where it is, less the archives that it depends on.
func (a *app) exploded(st *stage) (built, error) {
	text, err := a.Files.Open(manifestFile)
	if err != nil {
		return built{}, fmt.Errorf("cannot read %s: %w", manifestFile, err)
	}
	defer text.Close()
	m, err := readManifest(text)
	if err != nil {
		return built{}, fmt.Errorf("cannot read %s: %w", manifestFile, err)
	}
	main := m["main-class"]
	if main == "" && len(a.Processes) == 0 {
		return built{}, &language.Problem{
			What: "the unpacked archive has no main class", Evidence: []string{manifestFile + " has no Main-Class"},
			Next: "Name the class in Main-Class, or write a Procfile with a line such as \"web: java -cp . com.example.Main\".",
		}
	}
	st.appClasses = append(st.appClasses, a.Dir)
	classPath := "."
	for _, dir := range []string{"BOOT-INF/lib", "WEB-INF/lib", "lib"} {
		for _, name := range a.glob(dir + "/*.jar") {
			if err := st.dependency(name); err != nil {
				return built{}, err
			}
		}
	}
	for _, entry := range strings.Fields(m["class-path"]) {
		classPath += ":" + entry
	}
	return built{Program: "the app's folder (unpacked archive)", Start: []string{"-cp", classPath, main}}, nil
}

// mainOf is the one class that starts the app: the only one, or Main, or none where start commands name it.
func (a *app) mainOf(mains []string) (string, error) {
	if setting := a.Setting("BP_JVM_MAIN_CLASS"); setting != "" {
		return setting, nil
	}
	if len(mains) == 1 {
		return mains[0], nil
	}
	if i := slices.IndexFunc(mains, func(m string) bool { return m == "Main" || strings.HasSuffix(m, ".Main") }); i >= 0 && len(mains) > 1 {
		return mains[i], nil
	}
	if len(a.Processes) > 0 {
		return "", nil
	}
	if len(mains) == 0 {
		return "", &language.Problem{
			What: "no class of the app has a main method", Evidence: []string{"looked for: public static void main(String[])"},
			Next: "Give one class such a method, or write a Procfile.",
		}
	}
	slices.Sort(mains)
	return "", &language.Problem{
		What: "several classes of the app have a main method", Evidence: []string{language.List(language.Most(mains))},
		Next: "Set BP_JVM_MAIN_CLASS to one of them, such as BP_JVM_MAIN_CLASS=" + mains[0] + ".",
	}
}

// libraryProgram is a jar without a main class in its manifest: one of its classes has a main method, and the project's
// dependencies are its class path.
func (a *app) libraryProgram(ctx context.Context, st *stage, one archive) (built, error) {
	if err := st.archive(one.Path); err != nil {
		return built{}, err
	}
	mains, err := mainsOf(a.root, one.Path)
	if err != nil {
		return built{}, err
	}
	if len(a.Processes) == 0 && (len(mains) == 0 || a.Setting(functionTarget) != "") {
		if function, err := a.function(one.Path); err != nil || function != "" {
			if err != nil {
				return built{}, err
			}
			return a.functionProgram(ctx, st, one.Path, function)
		}
	}
	main, err := a.mainOf(mains)
	if err != nil || main == "" {
		return built{}, err
	}
	classPath, err := a.withDependencies(ctx, st, one.Path)
	if err != nil {
		return built{}, err
	}
	return built{Program: fmt.Sprintf("%s of %s", main, one.Path), Start: []string{"-cp", classPath, main}}, nil
}

// withDependencies stages what a jar needs when it runs, and returns the class path of both.
func (a *app) withDependencies(ctx context.Context, st *stage, jar string) (string, error) {
	deps, err := a.dependencies(ctx, jar)
	if err != nil {
		return "", err
	}
	classPath := jar
	for _, dir := range deps {
		for _, name := range a.glob(dir + "/*.jar") {
			if err := st.dependency(name); err != nil {
				return "", err
			}
		}
		classPath += ":" + dir + "/*"
	}
	return classPath, nil
}

// dependencies has the tool put the archives into folders that a jar needs when it runs, and returns those that have any.
// Gradle has a task for it where the build file has the plugin application; without it the jar has to do alone.
func (a *app) dependencies(ctx context.Context, jar string) ([]string, error) {
	module := path.Dir(path.Dir(jar))
	switch a.tool {
	case toolMaven:
		dir := path.Join(path.Dir(jar), "dependency")
		if err := a.copyDependencies(ctx, jar, dir); err != nil {
			return nil, err
		}
		if len(a.glob(dir+"/*.jar")) == 0 {
			return nil, nil
		}
		return []string{dir}, nil
	case toolGradle:
		module = path.Dir(module) // build/libs/app.jar
		if !a.isApplication(module) {
			return nil, nil
		}
		if err := a.runGradle(ctx, []string{"--no-daemon", "installDist"}); err != nil {
			return nil, err
		}
		return a.glob(path.Join(module, "build/install/*/lib")), nil
	}
	return nil, nil
}

// copyMissing copies the dependencies that a manifest's Class-Path names and that the project's build leaves out, to where
// it names them.
func (a *app) copyMissing(ctx context.Context, st *stage, one archive, missing []string) error {
	deps := path.Dir(missing[0])
	if slices.ContainsFunc(missing, func(name string) bool { return path.Dir(name) != deps }) {
		return nil // what the layout is, only the project knows
	}
	a.Log.Line("copying what the Class-Path of %s names into %s", one.Path, deps)
	if err := a.copyDependencies(ctx, one.Path, deps); err != nil {
		return err
	}
	_, err := st.classPath(one)
	return err
}

// copyDependencies has Maven copy the dependencies that a module needs when it runs.
func (a *app) copyDependencies(ctx context.Context, artifact, to string) error {
	m := *a.maven
	m.what = "mvn dependency:copy-dependencies"
	goals := []string{"dependency:copy-dependencies"}
	if module, _, ok := strings.Cut(artifact, "/target/"); ok {
		// What a module needs of the project's other modules, Maven finds among those that it packages in the same run.
		goals = []string{"-Dmaven.test.skip=true", "--projects", module, "--also-make", "package", "dependency:copy-dependencies"}
	}
	args := slices.Concat(m.args, goals, []string{"-DincludeScope=runtime", "-DoutputDirectory=" + a.at(to)})
	if err := m.run(ctx, args); err != nil {
		return explainMaven(err)
	}
	return nil
}
