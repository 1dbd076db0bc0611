import java.io.File;
import java.nio.file.Files;

/**
 * Serves an unpacked war by Tomcat's embedded form. Tomcat is found by its names: the build has none to compile against,
 * and the image has Debian's.
 */
public class Container {
    public static void main(String[] args) throws Exception {
        Class<?> type = Class.forName("org.apache.catalina.startup.Tomcat");
        Object tomcat = type.getConstructor().newInstance();
        type.getMethod("setBaseDir", String.class).invoke(tomcat, Files.createTempDirectory("tomcat").toString());
        String port = System.getenv("PORT");
        type.getMethod("setPort", int.class).invoke(tomcat, Integer.parseInt(port == null ? "8080" : port));
        type.getMethod("getConnector").invoke(tomcat);
        type.getMethod("enableNaming").invoke(tomcat);
        Object app = type.getMethod("addWebapp", String.class, String.class).invoke(tomcat, "", new File(args[0]).getAbsolutePath());
        // Of archives, only the app's own have servlets and tags: those of Tomcat and of its compiler take seconds to read.
        Object scanner = Class.forName("org.apache.catalina.Context").getMethod("getJarScanner").invoke(app);
        Class.forName("org.apache.tomcat.util.scan.StandardJarScanner").getMethod("setScanClassPath", boolean.class).invoke(scanner, false);
        type.getMethod("start").invoke(tomcat);
        Object server = type.getMethod("getServer").invoke(tomcat);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                type.getMethod("stop").invoke(tomcat);
            } catch (ReflectiveOperationException e) {
                e.printStackTrace();
            }
        }));
        Class.forName("org.apache.catalina.Server").getMethod("await").invoke(server);
    }
}
