package shop;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.security.KeyStore;
import java.sql.DriverManager;
import java.text.NumberFormat;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What apps do that a runtime can lack: a database in a native library, fonts and images, certificates, other languages. */
@SpringBootApplication
@RestController
public class Shop {
    public static void main(String[] args) {
        SpringApplication.run(Shop.class, args);
    }

    @GetMapping("/")
    String page() {
        return "hello from the shop\n";
    }

    @GetMapping("/sqlite")
    String sqlite() throws Exception {
        try (var db = DriverManager.getConnection("jdbc:sqlite::memory:");
                var row = db.createStatement().executeQuery("select sqlite_version(), 6 * 7")) {
            return row.getString(1) + " " + row.getInt(2) + "\n";
        }
    }

    @GetMapping(value = "/image", produces = MediaType.IMAGE_PNG_VALUE)
    byte[] image(@RequestParam(defaultValue = "whittle") String text) throws Exception {
        BufferedImage image = new BufferedImage(200, 40, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(Color.WHITE);
        g.drawString(text, 10, 25);
        g.dispose();
        var out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    @GetMapping("/trust")
    String trust() throws Exception {
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        int roots = ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
        return SSLContext.getDefault().getProtocol() + " " + (roots > 100) + "\n";
    }

    @GetMapping("/number")
    String number() {
        return NumberFormat.getCurrencyInstance(Locale.GERMANY).format(1234.5) + "\n";
    }
}
